"""Which module needs which, told once what warned while it was imported: all that need it are concerned.

A module that is imported a second time is taken from the cache and warns no more. So the graph is read off what is
loaded when everything is collected: a module needs what its names hold, the modules themselves and those that its
functions and classes come from, and the package that it lies in.
"""

import sys
import types

from . import callers
from .evidence import Log


def write():
    """Write modules.jsonl, one record for each loaded module outside of the standard library."""
    log = Log("modules.jsonl")
    loaded = {}
    for name, module in list(sys.modules.items()):
        variables = getattr(module, "__dict__", None)
        file = variables.get("__file__") if isinstance(variables, dict) else None
        if isinstance(file, str) and not callers.is_library(file):
            loaded[name] = (file, variables)
    for name, (file, variables) in loaded.items():
        needed = {name.rpartition(".")[0]}
        for value in list(variables.values()):
            if isinstance(value, types.ModuleType):
                needed.add(value.__dict__.get("__name__"))
            elif type(value) in (types.FunctionType, type):
                needed.add(value.__module__)
        known = sorted(one for one in needed if isinstance(one, str) and one in loaded and one != name)
        log.write({"module": name, "file": file, "needs": known})
