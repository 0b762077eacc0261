"""``python -m forewarn_probe.compiled FILE``: what the compiler warns of in source files, as JSON.

FILE holds a JSON list of paths. Nothing is executed or written.
"""

import json
import sys
import warnings

from .evidence import category_name


def main(path):
    """Print a list, for each file, of [category, message, bases] of the warnings."""
    with open(path, "rb") as file:
        print(json.dumps([_compile(source) for source in json.load(file)]))


def _compile(path):
    try:
        with open(path, "rb") as file:
            text = file.read()
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            compile(text, path, "exec", dont_inherit=True)
    except Exception:  # what cannot be compiled is not loaded in any run
        return []
    return [
        [category_name(one.category), str(one.message)[:4000], list(map(category_name, one.category.__mro__[1:-3]))]
        for one in found
    ]


if __name__ == "__main__":
    main(sys.argv[1])
