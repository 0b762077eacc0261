"""The names that one interpreter's standard library offers: modules, what is in them, what is in their classes.

Run on the interpreter itself (standard library only, syntax of Python 3.8); prints one JSON object of module to names.
A name in a class is ``Class.name``. Modules that cannot be imported here are left out.

With a file of another interpreter's names: prints which of them are gone here. A name that a module's ``__getattr__``
still answers for, or that a class inherits now, is not gone; nor is a module that only this build lacks. With
``--signatures`` or ``--parameters``: how functions are called.
"""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201, ANN202, BLE001, S110

import importlib
import inspect
import json
import os
import sys
import types
import warnings

#: Not offered to anybody, slow, or with an effect on being imported.
_LEFT_OUT = frozenset(
    "test idlelib lib2to3 turtledemo turtle tkinter antigravity this ensurepip venv __phello__ __hello__ pydoc_data "
    "site sitecustomize usercustomize _pyrepl pip setuptools pkg_resources __main__".split()
)


def main(other=None):
    """Print the surface, or what is gone of another one."""
    warnings.simplefilter("ignore")
    found = {}
    if other == "--signatures":
        json.dump(signatures(), sys.stdout)
        return
    if other == "--parameters":
        json.dump(parameters(), sys.stdout)
        return
    if other:
        with open(other, encoding="utf-8") as file:
            before = json.load(file)
        for name in sorted(before):
            found.update(gone(name, before[name]))
        json.dump(found, sys.stdout)
        return
    for name in sorted(modules()):
        try:
            module = importlib.import_module(name)
            found[name] = sorted(names(module))
        except BaseException:  # whatever a module does on import: it is not one to report on
            pass
    json.dump(found, sys.stdout)


def gone(name, offered):
    """{module: names that are gone}; None for the names where the module itself is."""
    official = getattr(sys, "stdlib_module_names", None)
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        only_here = error.name != name or (official is not None and "." not in name and name in official)
        return {} if only_here else {name: None}
    except BaseException:
        return {}
    lost = [path for path in offered if _lost(module, path)]
    return {name: [path for path in lost if path.rpartition(".")[0] not in lost]} if lost else {}


def _lost(module, path):
    value = module
    for part in path.split("."):
        try:
            value = getattr(value, part)
        except AttributeError:
            return not (path.isupper() and not hasattr(module, "__cached__"))  # a constant of another build
        except BaseException:
            return False
    return False


def signatures():
    """{module: {name: text}} of the functions and classes of built-in modules that describe themselves."""
    found = {}
    for name in ("builtins", "math", "itertools", "operator", "_functools", "time", "_collections"):
        module = importlib.import_module(name)
        texts = {}
        for path in names(module):
            value = module
            try:
                for part in path.split("."):
                    value = getattr(value, part)
            except AttributeError:
                continue
            if callable(value):
                text = getattr(value, "__text_signature__", None)
                texts[path] = text if isinstance(text, str) else None
        found[name] = texts
    return found


def parameters():
    """{module: {name: [[parameter, kind, whether it may be left out], ...]}} of functions written in Python."""
    found = {}
    for name in sorted(modules()):
        try:
            described = dict(_described(importlib.import_module(name)))
        except BaseException:  # as in main
            described = {}
        if described:
            found[name] = described
    return found


def _described(module):
    for name, value in list(vars(module).items()):
        if isinstance(value, types.FunctionType) and value.__module__ == module.__name__:
            yield name, _parameters(value)
        elif isinstance(value, type) and value.__module__ == module.__name__ and value.__name__ == name:
            for attribute, member in list(vars(value).items()):
                inner = getattr(member, "__func__", member)
                special = attribute.startswith("__") and attribute != "__init__"
                if isinstance(inner, types.FunctionType) and not special:
                    yield "%s.%s" % (name, attribute), _parameters(inner)


def _parameters(function):
    signature = inspect.signature(function, follow_wrapped=False)
    return [
        [one.name, int(one.kind), one.default is not one.empty or one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
        for one in signature.parameters.values()
    ]


def modules():
    """Every importable name of the standard library, submodules too."""
    library = os.path.dirname(os.__file__)
    folders = [library, os.path.join(library, "lib-dynload")]
    yield from (name for name in sys.builtin_module_names if name not in _LEFT_OUT)
    for folder in folders:
        yield from _in_folder(folder, "")


def _in_folder(folder, prefix):
    for entry in sorted(os.listdir(folder)):
        name, _, extension = entry.partition(".")
        path = os.path.join(folder, entry)
        if not prefix and (name in _LEFT_OUT or entry == "site-packages" or name.startswith("_sysconfigdata")):
            continue
        if extension == "py" or (extension.endswith("so") and "cpython" in extension):
            if name not in ("__init__", "__main__") and "test" not in name:
                yield prefix + name
        elif os.path.isfile(os.path.join(path, "__init__.py")) and name not in ("test", "tests"):
            yield prefix + name
            yield from _in_folder(path, prefix + name + ".")


def names(module):
    """What a module offers, and what its own classes do."""
    for name, value in list(vars(module).items()):
        if (name.startswith("__") and name.endswith("__")) or isinstance(value, type(sys)):
            continue
        yield name
        if isinstance(value, type) and value.__module__ == module.__name__:
            for attribute in list(vars(value)):
                path = "%s.%s" % (name, attribute)
                # What an instance alone has (as members of an Enum do) is no attribute of the class.
                if not (attribute.startswith("__") and attribute.endswith("__")) and not _lost(module, path):
                    yield path


if __name__ == "__main__":
    main(*sys.argv[1:])
