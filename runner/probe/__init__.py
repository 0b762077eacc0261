"""What forewarn puts into the suite's process. Standard library only, Python 3.8 and later.

The folder is copied into the target's environment under the name ``forewarn_probe`` and imports nothing of
forewarn's. It watches and writes; it never changes what a test does or how it ends. The one exception is asked
for: a test that is over the matrix's time limit is failed.
"""
