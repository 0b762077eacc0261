"""pytest plugin: Python's own tracebacks, where nobody waits for pytest's.

Those show the source of each frame, and for that parse the whole file of each, again for each test that fails: where
most do, as with warnings as errors, that takes far longer than the tests. Nothing else of a report changes.
"""

import traceback

import pytest


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    """Have the failure of one test shown so, if it can be."""
    option = item.config.option
    style = getattr(option, "tbstyle", None)
    if call.excinfo is None or style not in ("auto", "long", "short") or not _can_be_shown(call.excinfo):
        yield
        return
    option.tbstyle = "native"
    yield
    option.tbstyle = style


def _can_be_shown(excinfo):
    """Whether Python's own module can: some replace parts of it by what later versions do not bear (exceptiongroup)."""
    try:
        traceback.format_exception(excinfo.type, excinfo.value, excinfo.tb)
    except BaseException:
        return False
    return True
