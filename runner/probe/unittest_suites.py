"""What is in a suite of unittest: tests, and what stands for modules and classes that could not be set up."""

import unittest


def tests_of(suite):
    """Every test, in the order in which they run."""
    stack = [suite]
    while stack:
        entry = stack.pop()
        if isinstance(entry, unittest.TestCase):
            yield entry
            continue
        try:
            stack.extend(reversed(list(entry)))
        except TypeError:
            if hasattr(entry, "id"):
                yield entry


def is_plain(suite):
    """Whether tests are only grouped, by no class that runs them in a way of its own."""
    stack = [suite]
    while stack:
        entry = stack.pop()
        if isinstance(entry, unittest.TestCase):
            continue
        if type(entry) is not unittest.TestSuite:
            return False
        stack.extend(entry)
    return True


def id_of(test):
    """The id of a test, whatever object that is."""
    try:
        return str(test.id())
    except Exception:
        return repr(test)


_PLACEHOLDERS = ("unittest.loader._FailedTest", "unittest.loader.ModuleSkipped", "unittest.suite._ErrorHolder")


def is_placeholder(test):
    """Whether it stands for a module or class, and is no test of the suite."""
    kind = type(test)
    return "%s.%s" % (kind.__module__, kind.__qualname__.rsplit(".", 1)[-1]) in _PLACEHOLDERS


def placeholder_of(test):
    """(``import``, module) or (``setUp`` or ``tearDown``, dotted class or module)."""
    method = getattr(test, "_testMethodName", None)
    if method is not None:
        return "import", method
    text = id_of(test)  # "setUpClass (package.module.Class)"
    word, _, rest = text.partition(" (")
    name = rest.rstrip(")") or text
    return ("tearDown", "%s.%s" % (name, word)) if word.startswith("tearDown") else ("setUp", name)
