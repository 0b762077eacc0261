"""In which file, and in which line, the compiler warns: the frames tell only who has the file compiled.

Python charges such a warning to a module that has the file's path as its name; from 3.15 on, where the file is
imported, to the module that it becomes, and the path is what the import system gives the compiler. The line is found by
compiling the file once more on the same thread, with that one warning as an error: the compiler makes a SyntaxError of
it, which has the line.
"""

import os

#: Places that are remembered; a program that compiles without end is cut here.
_MOST = 1_000

_places = {}


def place(asked, category, text, frame):
    """(file, line, "<module>") of what the compiler warns of now; None where it is not the compiler that warns.

    Args:
        asked: what the filter was asked about on this thread.
        category: of the warning.
        text: of the warning.
        frame: what called what warns.
    """
    module = getattr(asked, "module", None)
    if not isinstance(module, str):
        return None
    if os.sep not in module:
        module = _imported(frame)
        if module is None:
            return None
    key = (module, category, text)
    if key not in _places:
        if len(_places) >= _MOST:
            return None
        _places[key] = None  # whatever else comes up meanwhile
        _places[key] = _look(asked, module, category, text)
    return _places[key]


def _imported(frame):
    """The path of the file that the import system has compiled now; None where it is not at that."""
    if frame is None or frame.f_code.co_name != "_call_with_frames_removed":
        return None
    called, arguments = frame.f_locals.get("f"), frame.f_locals.get("args")
    path = arguments[1] if called is compile and len(arguments) > 1 else None
    return path if isinstance(path, str) else None


def _look(asked, module, category, text):
    file = next((name for name in (module + ".py", module) if os.path.isfile(name)), None)
    if file is None:
        return None
    try:
        with open(file, "rb") as opened:
            source = opened.read()
        asked.wanted = (category, text)
        compile(source, file, "exec", dont_inherit=True)
    except SyntaxError as error:
        return (file, error.lineno, "<module>") if error.lineno else None
    except Exception:
        pass
    finally:
        asked.wanted = None
    return None


def found(asked, category):
    """Asked of each warning while a file is compiled once more: raises the one that is looked for."""
    if asked.wanted == (category, getattr(asked, "text", "")):
        raise category(asked.text)
    return False
