from __future__ import annotations

import pytest

from reports.model import Failure
from reports.trace import parse_trace

LONG = """\
log = <Log object at 0x7f2f3413d2b0>

    def test_append(log):
        async def scenario():
            await log.append()
            def helper(): pass

>       run(scenario())

tests/test_append.py:20:
_ _ _ _ _ _ _ _ _ _
tests/support.py:15: in run
    return asyncio.get_event_loop().run_until_complete(work)
           ^^^^^^^^^^^^^^^^^^^^^^^^
_ _ _ _ _ _ _ _ _ _

    def get_event_loop(self):
>           raise RuntimeError('x')
E           RuntimeError: There is no current event loop

/opt/lib/python3.14/asyncio/events.py:718: RuntimeError""".replace(":20:\n", ":20: \n")
PYTHON = """\
Traceback (most recent call last):
  File "/s/test_un.py", line 5, in test_e
    def test_e(self): raise ValueError("v")
                      ^^^^^^^^^^^^^^^^^^^^^
ValueError: v
"""
CHAINED = """\
Traceback (most recent call last):
  File "/s/a.py", line 1, in first
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/s/b.py", line 2, in second
shop.errors.CartError: gone
"""
GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "/s/a.py", line 1, in first
  | ExceptionGroup: two (1 sub-exception)
"""
COLLECT = """\
ImportError while importing test module '/s/tests/test_bad.py'.
Hint: make sure your test modules/packages have valid Python names.
Traceback:
/usr/lib/python3.11/importlib/__init__.py:126: in import_module
    return _bootstrap._gcd_import(name[level:], package, level)
tests/sub/test_bad.py:1: in <module>
    import nosuch
E   ModuleNotFoundError: No module named 'nosuch'"""
FIXTURE = """\
file /s/tests/test_sub.py, line 2
  def test_subs(subtests):
E       fixture 'subtests' not found
>       available fixtures: cache, capfd
"""


@pytest.mark.parametrize(
    ("message", "text", "kind", "said", "frames"),
    [
        (
            "RuntimeError: There is no current event loop",
            LONG,
            "RuntimeError",
            "There is no current event loop",
            [
                ("tests/test_append.py", 20, "test_append"),
                ("tests/support.py", 15, "run"),
                ("/opt/lib/python3.14/asyncio/events.py", 718, "get_event_loop"),
            ],
        ),
        (
            "assert 1 == 2",
            ">   def test_f(): assert 1 == 2\nE   assert 1 == 2\n\na.py:3: AssertionError",
            "AssertionError",
            "assert 1 == 2",
            [("a.py", 3, "test_f")],
        ),
        ("note: not a type", "a.py:3: ValueError", "ValueError", "note: not a type", [("a.py", 3, None)]),
        (
            'failed on setup with "ValueError: nope\nline2"',
            "a.py:6: ValueError",
            "ValueError",
            "nope\nline2",
            [("a.py", 6, None)],
        ),
        (
            'failed on teardown with "asyncio.exceptions.TimeoutError"',
            "a.py:6: TimeoutError",
            "TimeoutError",
            "",
            [("a.py", 6, None)],
        ),
        ("ValueError: v", PYTHON, "ValueError", "v", [("/s/test_un.py", 5, "test_e")]),
        ("", PYTHON, "ValueError", "v", [("/s/test_un.py", 5, "test_e")]),
        ("", CHAINED, "CartError", "gone", [("/s/b.py", 2, "second")]),
        (
            "ExceptionGroup: two (1 sub-exception)",
            GROUP,
            "ExceptionGroup",
            "two (1 sub-exception)",
            [("/s/a.py", 1, "first")],
        ),
        (
            "collection: ModuleNotFoundError: No module named 'nosuch'",
            COLLECT,
            "ModuleNotFoundError",
            "No module named 'nosuch'",
            [
                ("/usr/lib/python3.11/importlib/__init__.py", 126, "import_module"),
                ("tests/sub/test_bad.py", 1, "<module>"),
            ],
        ),
        ("[XPASS(strict)] ", "[XPASS(strict)] ", "XPASS(strict)", "passes, but is marked xfail(strict)", []),
        (
            "file /s/tests/test_sub.py, line 2\n  def",
            FIXTURE,
            None,
            "fixture 'subtests' not found",
            [("/s/tests/test_sub.py", 2, None)],
        ),
        ("was running when the process ended (SIGSEGV)", "", None, "was running when the process ended (SIGSEGV)", []),
        (
            "Failed: Timeout >1.0s",
            "E   Failed: Timeout >1.0s\n\na.py:9: Failed",
            "Failed",
            "Timeout >1.0s",
            [("a.py", 9, None)],
        ),
        ("", "", None, "", []),
    ],
)
def test_what_a_traceback_says(
    message: str, text: str, kind: str | None, said: str, frames: list[tuple[str, int, str | None]]
) -> None:
    trace = parse_trace(Failure(message=message, text=text))
    assert (trace.type, trace.message) == (kind, said)
    assert [(frame.file, frame.line, frame.function) for frame in trace.frames] == frames


def test_the_type_attribute_of_other_tools() -> None:
    trace = parse_trace(Failure(type="org.junit.AssertionFailedError", message="expected 1", text="at Foo.java:3"))
    assert (trace.type, trace.message) == ("AssertionFailedError", "expected 1")


def test_a_chain_without_own_frames_at_its_end_uses_the_frames_before() -> None:
    text = CHAINED.replace('  File "/s/b.py", line 2, in second\n', "")
    assert [frame.file for frame in parse_trace(Failure(text=text)).frames] == ["/s/a.py"]


def test_a_syntax_error_is_told_by_what_is_wrong_and_not_by_its_first_line() -> None:
    message = '  File "/a/site-packages/mako/template.py", line 24\n    """Text\n    ^^^\nSyntaxError: invalid escape'
    text = f">   import mako\nE   {message}\n\ntests/test_a.py:3: SyntaxError"
    found = parse_trace(Failure(message=message, text=text))
    assert (found.type, found.message) == ("SyntaxError", "invalid escape (template.py)")


SHORT = (
    "tests/test_a.py:4: in test_x\n    run(pay())\n"
    "shop/pay.py:9: in pay\n    raise ValueError('no')\nE   ValueError: no"
)
LONG = (
    "    def test_x():\n>       run(pay())\n\ntests/test_a.py:4: \n_ _\n\n"
    "    def pay():\n>       raise ValueError('no')\n"
    "E       ValueError: no\n\nshop/pay.py:9: ValueError"
)
PYTHON = (
    'Traceback (most recent call last):\n  File "tests/test_a.py", line 4, in test_x\n    run(pay())\n    ^^^^^^^^^^\n'
    "  File \"shop/pay.py\", line 9, in pay\n    raise ValueError('no')\nValueError: no"
)


@pytest.mark.parametrize("text", [SHORT, LONG, PYTHON], ids=["short", "long", "python"])
def test_frames_have_their_lines_of_code(text: str) -> None:
    found = parse_trace(Failure(message="ValueError: no", text=text))
    assert [(frame.line, frame.source) for frame in found.frames] == [(4, "run(pay())"), (9, "raise ValueError('no')")]
