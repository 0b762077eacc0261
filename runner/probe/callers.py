"""Whose code a frame is: the standard library's, or anybody else's."""

import os
from sys import _getframe

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_SITE = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)
_known = {}
_overlays = []


def add_library(folder):
    """Count another folder to the standard library."""
    _overlays.append(folder + os.sep)
    _known.clear()


def is_library(file):
    """Whether a file is the standard library's or ours."""
    found = _known.get(file)
    if found is None:
        found = _known[file] = (
            file.startswith(("<frozen ", _HERE))
            or any(file.startswith(folder) for folder in _overlays)
            or (file.startswith(_LIBRARY) and not any(part in file for part in _SITE))
        )
    return found


def is_import(file):
    """Whether a file is of the import system."""
    return "importlib" in file or file.startswith(_HERE)


def is_installed(file):
    """Whether a file was installed, as dependencies are."""
    return any(part in file for part in _SITE)


def caller(frame):
    """The nearest frame outside of the standard library and of us, or None."""
    while frame is not None:
        if not is_library(frame.f_code.co_filename):
            return frame
        frame = frame.f_back
    return None


def past_ours(frame):
    """The nearest frame that is not ours: one of our wrappers may stand before another."""
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return frame


def outside(frame):
    """Every frame outside of the standard library, nearest first."""
    while frame is not None:
        if not is_library(frame.f_code.co_filename):
            yield frame
        frame = frame.f_back


def here(depth=1):
    """The frame of whoever called the function that asks."""
    return _getframe(depth + 1)
