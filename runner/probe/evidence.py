"""Appending records to the cell's folder, one JSON value a line (docs/results-format.md)."""

import json
import os

FORMAT = 1

#: Names the folder that the evidence of this cell goes to. Without it the probe records nothing.
FOLDER_VARIABLE = "FOREWARN_EVIDENCE"

#: Seconds that one test may take; absent or empty is no limit.
TEST_LIMIT_VARIABLE = "FOREWARN_TEST_LIMIT"

_RUNNING = "running-test"
_LOST = "lost"

# One for all: making an encoder costs more than using it.
_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), default=str).encode

#: A text as JSON has it, in ASCII.
quoted = json.encoder.encode_basestring_ascii


class Log:
    """An append-only file of records.

    Each record is one ``write`` to a descriptor opened for appending, so lines of several processes do not mix
    and nothing is lost with the process. A full disk or a vanished folder ends the recording, never the suite; that
    something is missing then is said in a file that the runner has made before, which needs no more room.
    """

    def __init__(self, name):
        self._descriptor = None
        folder = os.environ.get(FOLDER_VARIABLE)
        if not folder:
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        try:
            self._descriptor = os.open(os.path.join(folder, name), flags, 0o644)
        except OSError:
            say_lost()

    def write(self, record):
        """Append one mapping; text that is not Unicode is escaped by JSON."""
        if self._descriptor is None:
            return
        self.write_text(_encode(record) + "\n")

    def write_text(self, line):
        """Append one line of ASCII that is a record already."""
        if self._descriptor is None:
            return
        data = line.encode("ascii")
        try:
            whole = os.write(self._descriptor, data) == len(data)
        except OSError:
            whole = False
        if not whole:
            self._descriptor = None
            say_lost()


def say_lost():
    """Tell the runner that evidence could not be written."""
    try:
        descriptor = os.open(os.path.join(os.environ[FOLDER_VARIABLE], _LOST), os.O_WRONLY)
    except (KeyError, OSError):
        return
    try:
        os.write(descriptor, b"1")
    except OSError:
        pass
    finally:
        os.close(descriptor)


class Running:
    """Tells the children of a unittest process which test they belong to; pytest has a variable for that."""

    def __init__(self):
        self._descriptor = None
        folder = os.environ.get(FOLDER_VARIABLE)
        if folder and hasattr(os, "pwrite"):
            self._path = os.path.join(folder, _RUNNING)
            try:
                self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
            except OSError:
                pass

    def begin(self, test):
        """Note a test; what is left of a longer name stands behind the line's end."""
        if self._descriptor is not None:
            try:
                os.pwrite(self._descriptor, (json.dumps(test) + "\n").encode("ascii"), 0)
            except OSError:
                self._descriptor = None

    def end(self):
        """The suite is over."""
        if self._descriptor is not None:
            try:
                os.close(self._descriptor)
                os.unlink(self._path)
            except OSError:
                pass
            self._descriptor = None


def test_of_unittest():
    """The test that runs now in the unittest process that started this one; None where there is none."""
    try:
        with open(os.path.join(os.environ[FOLDER_VARIABLE], _RUNNING), "rb") as file:
            return json.loads(file.readline())
    except (KeyError, OSError, ValueError):
        return None


def first_line(text, limit=500):
    """The first line that says something, cut to ``limit`` characters."""
    for line in str(text).splitlines():
        if line.strip():
            return line.strip()[:limit]
    return ""


def category_name(category):
    """Dotted name of a warning class; ``builtins.`` is left out as in warnings filters."""
    module = getattr(category, "__module__", None)
    name = getattr(category, "__qualname__", None) or repr(category)
    return name if module in (None, "builtins") else "%s.%s" % (module, name)
