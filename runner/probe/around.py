"""What stands around a warning that came while a test ran: an import, or a fixture that several tests share.

Either is done once: where the warning is an error, it concerns tests that saw nothing of it.
"""

import os

_FIXTURES, _END, _OTHER = range(3)
_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_kinds = {}

#: From the narrowest.
_SCOPES = ("function", "class", "module", "package", "session")


def look(frame):
    """(whether a module is being imported, (name, scope, ``setup`` or ``teardown``) of the widest fixture, or None)."""
    importing, fixture = False, None
    while frame is not None:
        code = frame.f_code
        kind = _kinds.get(code.co_filename)
        if kind is None:
            kind = _kinds[code.co_filename] = _kind(code.co_filename)
        if kind is _END:
            break
        if kind is _FIXTURES:
            fixture = _wider(fixture, _fixture(frame, code.co_name))
        elif code.co_name == "<module>" and not code.co_filename.startswith(("<", _HERE)):
            importing = True
        frame = frame.f_back
    return importing, fixture


def _kind(file):
    file = file.replace(os.sep, "/")
    if file.endswith("/_pytest/fixtures.py"):
        return _FIXTURES
    return _END if file.endswith("/_pytest/runner.py") else _OTHER


def _fixture(frame, function):
    if function not in ("execute", "finish"):
        return None
    definition = frame.f_locals.get("self")
    scope = getattr(definition, "scope", None)
    if scope not in _SCOPES[1:]:
        return None
    return str(definition.argname), scope, "setup" if function == "execute" else "teardown"


def _wider(one, other):
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda found: (_SCOPES.index(found[1]), found[2]))
