"""Which of a later version's modules do not run on this interpreter: ``importing.py PROBE LIBRARY MODULE…``.

Puts the modules in place of this interpreter's own, as a run "as if Python were a later one" does, imports all of
them, and follows the imports inside of their functions. Prints a JSON list of those that fail, the deepest of them
where one fails because of another. Standard library only, and the syntax of Python 3.8.
"""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201, ANN202, BLE001, E402

import sys

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
FOLDER = sys.argv[2]
MODULES = sys.argv[3:]
from forewarn_probe import as_if

as_if.install({"version": [3, 0], "library": {"folder": FOLDER, "modules": MODULES}})

import ast
import importlib
import importlib.util
import inspect
import json
import os
import warnings

#: Programs, and what only other systems have.
_SKIPPED = ("__init__", "__main__", "tool", "isql", "_psycopg")
#: The standard library's own modules that are not replaced, and use those that are.
_OTHERS = (
    "pathlib glob importlib.metadata importlib.resources importlib.util typing threading sqlite3 ctypes ssl subprocess "
    "asyncio unittest unittest.mock zipfile multiprocessing.pool concurrent.futures.process concurrent.futures.thread "
    "logging.handlers logging.config http.server xmlrpc.server email.message xml.etree.ElementTree xml.dom.minidom "
    "collections functools re socket selectors signal sysconfig weakref pydoc doctest pdb cProfile venv inspect enum "
    "dataclasses tempfile shutil tarfile traceback tokenize argparse"
).split()


def main():
    """Import everything and say what failed."""
    warnings.simplefilter("ignore")
    failed, missing = set(), []
    for top in MODULES + _OTHERS:
        guilty = _alone(top)
        if guilty:
            failed.add(guilty)
            continue
        try:
            for name in _modules(top):
                for needed in _resolve(importlib.import_module(name)):
                    if needed[0]:
                        missing.append(needed)
                    else:
                        failed.add(needed[1].partition(".")[0])
        except BaseException as error:
            failed.add(_guilty(error) or top)
            if os.environ.get("VERBOSE"):
                print(top, _guilty(error), repr(error)[:150], file=sys.stderr)
    print()
    print(json.dumps({"failed": sorted(failed), "missing": missing}))


def _alone(top):
    """What is at fault when a module does not import as the first of all; None when it does."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        as_if.as_if_modules.overlay(FOLDER, MODULES)  # nothing that we needed ourselves is loaded any more
        try:
            importlib.import_module(top)
        except BaseException as error:
            os.write(writer, (_guilty(error) or top).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader, "rb") as pipe:
        return pipe.read().decode() or None


def _modules(top):
    yield top
    for root, _, files in os.walk(os.path.join(FOLDER, top)):
        for file in sorted(files):
            if "win" not in file and "nt" not in file.split("_") and file[:-3] not in _SKIPPED:
                yield os.path.relpath(os.path.join(root, file[:-3]), FOLDER).replace(os.sep, ".")


def _resolve(module):
    """Follow what importing a module does not try: [its top, module, name] of names that are not here.

    Other systems have other names, so only a name that the later version has on this system is a fault. What is in
    a ``try`` may fail. For a module that is not replaced: [None, module, name] of what replaced ones no longer have.
    A function that lacks a keyword that it is called with counts as a name that is not here.
    """
    file = getattr(module, "__file__", "") or ""
    if not file.endswith(".py"):
        return
    replaced = file.startswith(FOLDER)
    with open(file, encoding="utf-8") as source:
        tree = ast.parse(source.read())
    guarded = {id(one) for node in ast.walk(tree) if isinstance(node, ast.Try) for one in ast.walk(node)}
    modules = {alias.asname or alias.name: alias.name for node in tree.body for alias in _whole(node)}
    rebound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    rebound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for node in ast.walk(tree):
        if id(node) in guarded:
            continue
        if isinstance(node, ast.ImportFrom):
            name = importlib.util.resolve_name("." * node.level + (node.module or ""), module.__package__)
            names = [alias.name for alias in node.names if alias.name != "*"]
        elif isinstance(node, ast.Attribute):
            name, names = _module_of(node.value, modules, rebound), [node.attr]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = _module_of(node.func.value, modules, rebound)
            if name and (replaced or name.partition(".")[0] in MODULES) and not _takes(name, node):
                yield [_top_of(file) if replaced else None, name, node.func.attr]
            continue
        else:
            continue
        for attribute in names if name else ():
            if (replaced or name.partition(".")[0] in MODULES) and not _has(name, attribute):
                yield [_top_of(file) if replaced else None, name, attribute]


def _module_of(node, modules, rebound):
    """The module that an expression such as ``os.path`` stands for, by its own name."""
    if isinstance(node, ast.Name):
        return None if node.id in rebound else modules.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _module_of(node.value, modules, rebound)
        found = getattr(sys.modules.get(owner), node.attr, None) if owner else None
        return found.__name__ if isinstance(found, type(sys)) else None
    return None


def _whole(node):
    return node.names if isinstance(node, ast.Import) else ()


def _has(name, attribute):
    try:
        return hasattr(importlib.import_module(name), attribute) or bool(
            importlib.import_module(name + "." + attribute)
        )
    except BaseException:
        return False


def _takes(name, call):
    """Whether a function of a module has all the keywords that a call gives it, as far as it tells."""
    try:
        parameters = inspect.signature(getattr(importlib.import_module(name), call.func.attr)).parameters
    except BaseException:
        return True
    if any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
        return True
    return all(keyword.arg is None or keyword.arg in parameters for keyword in call.keywords)


def _guilty(error):
    """The top-level module among ours that an error comes from."""
    if isinstance(error, SyntaxError) and (error.filename or "").startswith(FOLDER):
        return _top_of(error.filename)
    if isinstance(error, ImportError) and (error.name or "").partition(".")[0] in MODULES:
        return error.name.partition(".")[0]
    owner = getattr(error, "obj", None) if isinstance(error, AttributeError) else None
    if isinstance(owner, type(sys)) and owner.__name__.partition(".")[0] in MODULES:
        return owner.__name__.partition(".")[0]
    guilty, trace = None, error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(FOLDER + os.sep):
            guilty = _top_of(file)
        trace = trace.tb_next
    return guilty


def _top_of(file):
    top = os.path.relpath(file, FOLDER).split(os.sep)[0]
    return top[:-3] if top.endswith(".py") else top


main()
