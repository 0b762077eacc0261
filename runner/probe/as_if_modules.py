"""Modules as a later version has them: its own Python sources in place of ours, and none where it has none."""

import _ast
import importlib.machinery
import importlib.util
import os
import sys

from . import callers

#: Modules that stay as they are: the interpreter, or what runs right now, holds on to them.
_CORE = frozenset(
    "sys builtins _imp _thread _warnings _weakref _io marshal posix nt time zipimport _codecs codecs encodings io abc "
    "_abc site os stat _stat posixpath ntpath genericpath _collections_abc __main__ warnings importlib threading re "
    "runpy json forewarn_probe".split()
)


class _Library:
    """Finds modules of the later version's library in a folder."""

    def __init__(self, folder, tops):
        self._folder = folder
        self._tops = frozenset(tops)

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in self._tops:
            return None
        base = os.path.join(self._folder, *name.split("."))
        package = os.path.join(base, "__init__.py")
        if os.path.isfile(package):
            return importlib.util.spec_from_file_location(name, package, submodule_search_locations=[base])
        if os.path.isfile(base + ".py"):
            return importlib.util.spec_from_file_location(name, base + ".py")
        return None


def overlay(folder, tops):
    """From now on these top-level modules are imported from ``folder``; what was imported before starts anew."""
    for name in list(sys.modules):
        file = getattr(sys.modules[name], "__file__", None)
        if name.partition(".")[0] in _CORE or not isinstance(file, str) or not file.endswith(".py"):
            continue
        if callers.is_library(file):
            del sys.modules[name]
    if "ast" in tops and sys.version_info < (3, 12):
        # Attributes that ``ast`` gives to a class of C code; it does so only where they are not there yet.
        for name in ("n", "s"):
            if name in vars(_ast.Constant):
                delattr(_ast.Constant, name)
    sys.meta_path.insert(0, _Library(folder, tops))


def when_loaded(name, action):
    """Call ``action(module)`` as soon as a module of the standard library is loaded, or now where it is."""
    if name in sys.modules:
        action(sys.modules[name])
        return
    watch = next((finder for finder in sys.meta_path if isinstance(finder, _Watch)), None)
    if watch is None:
        watch = _Watch()
        sys.meta_path.insert(0, watch)
    watch.actions.setdefault(name, []).append(action)


class _Watch:
    """Finds what the other finders find, and acts on it once it is loaded."""

    def __init__(self):
        self.actions = {}
        self._asking = set()

    def find_spec(self, name, path=None, target=None):
        if name not in self.actions or name in self._asking:
            return None
        self._asking.add(name)
        try:
            for finder in sys.meta_path:
                if finder is not self and hasattr(finder, "find_spec"):
                    spec = finder.find_spec(name, path, target)
                    if spec is not None:
                        break
            else:
                return None
        finally:
            self._asking.discard(name)
        own = spec.origin == "built-in" or callers.is_library(spec.origin or "")
        if spec.loader is not None and own and hasattr(spec.loader, "exec_module"):
            spec.loader = _Loader(spec.loader, self.actions[name])
        return spec


class _Loader:
    def __init__(self, loader, actions):
        self._loader = loader
        self._actions = actions

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        for action in self._actions:
            action(module)

    def __getattr__(self, name):
        return getattr(self._loader, name)


class _Removed:
    """Refuses modules that are gone, to everybody but the standard library; another distribution may bring them.

    Python's own tests are refused, too: those of this version say nothing of the later one.
    """

    def __init__(self, names, doom):
        self._names = frozenset(names)
        self._doom = doom

    def find_spec(self, name, path=None, target=None):
        if name.startswith("test.test_"):
            if callers.is_library(getattr(sys.modules.get("test"), "__file__", None) or ""):
                raise ModuleNotFoundError("No module named %r" % name, name=name)
            return None
        if name not in self._names:
            return None
        frame = _importer()
        if frame is None or callers.is_library(frame.f_code.co_filename):
            return None
        if "." not in name:
            places = [place for place in sys.path if not callers.is_library(os.path.join(place or os.getcwd(), "x.py"))]
            spec = importlib.machinery.PathFinder.find_spec(name, places)
            if spec is not None:
                return spec
        message = "No module named %r" % name
        if self._doom.of(frame, name, "ModuleNotFoundError: " + message):
            raise ModuleNotFoundError(message, name=name)
        return None

    # Programs tell a module that is missing from one that fails by the depth of the traceback: the import system
    # takes its own frames out, and this one with them.
    find_spec.__code__ = find_spec.__code__.replace(co_filename="<frozen importlib._bootstrap>")


def remove(names, doom):
    """Take modules away. Finders that others have installed are asked first, as they would be later."""
    at = next(
        (i for i, finder in enumerate(sys.meta_path) if finder is importlib.machinery.BuiltinImporter),
        len(sys.meta_path),
    )
    sys.meta_path.insert(at, _Removed(names, doom))
    for name in names:
        module = sys.modules.get(name)
        if module is not None and callers.is_library(getattr(module, "__file__", None) or ""):
            del sys.modules[name]


_IMPORT_MODULE = os.path.join("importlib", "__init__.py")


def _importer():
    """The frame that imports, past the import system's own."""
    frame = callers.here(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if not (file.startswith("<frozen importlib") or file.endswith(_IMPORT_MODULE) or file == __file__):
            return frame
        frame = frame.f_back
    return None
