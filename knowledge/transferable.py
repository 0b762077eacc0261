"""Which functions of a later version's library can take the place of this interpreter's own.

Run on the interpreter itself (standard library only, Python 3.9 or later), with a folder of the later version's
sources and names of modules; prints {module: {function or Class.method: its source}}. For modules that as a whole need
the later interpreter, such as ``inspect`` and ``asyncio``: a function is taken alone where all that it mentions is
there.

What a function mentions, and has to be here or be taken along: global names, attributes of modules, methods and
attributes that the later module has and this one has not. A function that calls for another one's new parameters is
taken with that, or not at all; and so is one that asks for what another one sets otherwise. Private names are written
as the class has them.
"""

# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201, ANN202, ANN204, BLE001, S102

import ast
import builtins
import importlib
import inspect
import json
import os
import symtable
import sys
import types
import warnings

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

#: Attributes by these names are rather those of a text, a list or a function than of an object of the module's.
_OF_BUILTINS = frozenset().union(
    *map(dir, (str, bytes, list, dict, set, int, type, BaseException)),
    *map(dir, (types.FunctionType, types.MethodType, types.CodeType, types.FrameType, types.TracebackType)),
)

#: They read what C code of their own build says of itself, what its properties are called, or where its compiler notes
#: the lines of classes.
_OF_THE_BUILD = frozenset({"_finddoc", "_signature_fromstr", "_signature_strip_non_python_syntax", "findsource"})


def main(folder, names):
    """Print what can be taken."""
    warnings.simplefilter("ignore")
    found = {}
    for name in names:
        try:
            module = importlib.import_module(name)
            there = os.path.join(folder, *name.split("."))
            file = there + ".py" if os.path.isfile(there + ".py") else os.path.join(there, "__init__.py")
            taken = Comparison(module, _read(file), _read(module.__file__)).taken()
        except (ImportError, OSError, SyntaxError, TypeError, AttributeError):
            continue  # not in both, not in Python, or in a later version's syntax
        if taken:
            found[name] = taken
    json.dump(found, sys.stdout, sort_keys=True)


def _read(file):
    with open(file, encoding="utf-8") as opened:
        return ast.parse(opened.read())


class Comparison:
    """One module of both versions."""

    def __init__(self, module, later, own):
        self._module = module
        self._later, later_constants = _definitions(later)
        own_functions, own_constants = _definitions(own)
        self._own = own_functions
        self._instantiated = {type(value).__name__ for value in vars(module).values()}
        """Classes of which there are objects already, as they were made by this version."""
        self._parameters = {name: ast.dump(_plain(node).args) for name, node in own_functions.items()}
        self._changed = {
            name
            for name, node in self._later.items()
            if name in own_functions
            and name not in _OF_THE_BUILD
            and _text(node) != _text(own_functions[name])
            and self._is_of_python(name, own_functions[name])
        }
        self._new = {name for name in self._later if name not in own_functions}
        self._constants = {name for name, value in later_constants.items() if own_constants.get(name, value) != value}
        self._attributes = _attributes(later) - _attributes(own)
        self._words = _words(own) - self._attributes
        mentioned = _mentioned(own)
        self._fresh = {
            name: found - mentioned.get(name, set()) - set(dir(vars(module).get(name)))
            for name, found in _mentioned(later).items()
        }
        """Class → what its methods ask of themselves in the later version alone."""
        before = _settings(own)
        self._settings = {
            key: {name for name, values in setters.items() if not values <= set().union(*before[key].values())}
            for key, setters in _settings(later).items()
            if key in before
        }
        """(class, attribute) → the methods that set it to what it was not set to before."""
        self._needs = {}

    def taken(self):
        """{name: source} of the changed functions that can be taken, and of the new ones that they need."""
        for name in self._changed | self._new:
            needs = self._needed(name)
            if needs is not None:
                self._needs[name] = needs
        good = set(self._needs)
        while True:
            bad = {
                name
                for name in good
                if not self._needs[name] <= good or self._is_called_otherwise(name, good) or self._loses(name, good)
            }
            if not bad:
                break
            good -= bad
        wanted, waiting = set(), sorted(good & self._changed)
        while waiting:
            name = waiting.pop()
            if name not in wanted:
                wanted.add(name)
                waiting += sorted(self._needs[name])
        return {name: _text(self._later[name]) for name in sorted(wanted)} if self._executes(wanted) else {}

    def _is_of_python(self, name, node):
        """Whether what bears the name here is what the source says: C code may have taken its place."""
        value = self._module
        for part in name.split("."):
            value = vars(value).get(part)
            if value is None:
                return False
        value = getattr(value, "fget", None) or getattr(value, "__func__", value)
        value = getattr(value, "__wrapped__", value)
        code = getattr(value, "__code__", None)
        return code is not None and node.name.endswith(code.co_name) and code.co_filename == self._module.__file__

    def _is_called_otherwise(self, name, good):
        """Whether a function that stays goes by the parameters that one had, or by what a private one did."""
        plain = name.rpartition(".")[2]
        is_private = plain.startswith("_") and not plain.endswith("__")
        if self._parameters.get(name) in (None, ast.dump(_plain(self._later[name]).args)) and not is_private:
            return False
        return any(plain in _words(self._own[one]) for one in self._changed - good if one != name)

    def _loses(self, name, good):
        """Whether an attribute is not set any more that a method which stays asks for."""
        owner = name.rpartition(".")[0]
        lost = _stored(self._own[name]) - _stored(self._later[name]) if owner and name in self._own else set()
        return bool(lost) and any(
            lost & {node.attr for node in ast.walk(function) if _is_of_self(node)}
            for one, function in self._own.items()
            if one.startswith(owner + ".") and one not in good and (one in self._changed or one not in self._later)
        )

    def _executes(self, wanted):
        """Whether the definitions can be executed here: their defaults and decorators are."""
        variables = dict(vars(self._module))
        try:
            for name in sorted(wanted):
                code = compile(_text(self._later[name]), name, "exec", dont_inherit=True)
                exec(code, variables)  # nosec B102 - Python's own source, on the machine that it is measured on
        except Exception:
            return False
        return True

    def _needed(self, name):
        """The functions that have to be taken along; None where it cannot be taken."""
        node = self._later[name]
        owner = name.rpartition(".")[0]
        if owner and not isinstance(vars(self._module).get(owner), type):
            return None
        try:
            mentioned = _globals(_text(node)) - {node.name, "__class__"}
        except SyntaxError:
            return None
        if owner and "__slots__" in vars(vars(self._module)[owner]) and self._attributes & _stored(node):
            return None
        needs = set()
        found = [self._finds(one, needs) for one in mentioned]
        for one in ast.walk(node):
            if isinstance(one, ast.Attribute):
                found += [self._has_attribute(one, mentioned, needs), self._has_itself(one, owner, needs)]
            elif isinstance(one, (ast.Import, ast.ImportFrom)):
                found.append(_is_imported(one))
            elif isinstance(one, ast.Call):
                found.append(self._takes(one, owner, needs))
        return needs if all(found) else None

    def _takes(self, call, owner, needs):
        """Whether what is called takes these arguments here; where it is another function, that is taken along."""
        if isinstance(call.func, ast.Attribute):
            # Of whatever object: a method of this module that has other parameters now is meant.
            needs |= {
                name
                for name in self._changed
                if name.endswith("." + call.func.attr)
                and self._parameters[name] != ast.dump(_plain(self._later[name]).args)
            }
        parts = []
        node = call.func
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return True
        called = ".".join([owner if node.id in ("self", "cls") and owner else node.id, *parts])
        if called in self._changed | self._new:
            needs.add(called)
            return True
        value = vars(self._module).get(node.id, getattr(builtins, node.id, None))
        for part in parts:
            value = getattr(value, part, None)
        values = [*call.args, *(keyword.arg for keyword in call.keywords)]
        if value is None or None in values or any(isinstance(one, ast.Starred) for one in call.args):
            return True
        try:
            signature = inspect.signature(value)
        except (TypeError, ValueError):
            return True
        try:
            signature.bind(*call.args, **{keyword.arg: None for keyword in call.keywords})
        except TypeError:
            return False
        return True

    def _finds(self, name, needs):
        if name in self._constants:
            return False
        if name in self._later and name in self._changed | self._new:
            needs.add(name)
            return True
        value = vars(self._module).get(name, self)
        if isinstance(value, type) and name + ".__init__" in self._changed | self._new:
            needs.add(name + ".__init__")
        return value is not self or hasattr(builtins, name)

    def _has_attribute(self, node, mentioned, needs):
        if isinstance(node.value, ast.Name) and node.value.id in mentioned:
            value = vars(self._module).get(node.value.id)
            if isinstance(value, types.ModuleType) and not hasattr(value, node.attr):
                return False
        if isinstance(node.ctx, ast.Store) or node.attr in _OF_BUILTINS or node.attr in self._words:
            return True
        if isinstance(node.value, ast.Name) and node.value.id in mentioned:
            return True  # of a module, which has it; of a class, whose methods are looked at
        # Nothing here speaks of it: a method that is new, or what a function sets that has to be taken, too.
        givers = {
            name
            for name in self._changed | self._new
            if name.endswith("." + node.attr) or node.attr in _stored(self._later[name])
        }
        needs |= givers
        return bool(givers)

    def _has_itself(self, node, owner, needs):
        if not _is_of_self(node):
            return True
        setters = {"%s.%s" % (owner, name) for name in self._settings.get((owner, node.attr), ())}
        needs |= setters
        if isinstance(node.ctx, ast.Store) or node.attr not in self._fresh.get(owner, ()):
            return not (setters and owner in self._instantiated)
        givers = {
            name
            for name in self._changed | self._new
            if name == "%s.%s" % (owner, node.attr)
            or (name.startswith(owner + ".") and node.attr in _stored(self._later[name]))
        }
        needs |= givers
        return bool(givers) and (owner not in self._instantiated or "%s.%s" % (owner, node.attr) in givers)


def _words(node):
    """Names and attributes that a function mentions."""
    return {getattr(one, "id", None) or getattr(one, "attr", None) for one in ast.walk(node)}


def _is_of_self(node):
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def _mentioned(tree):
    """Class → the attributes of ``self`` that it mentions."""
    return {
        node.name: {one.attr for one in ast.walk(node) if _is_of_self(one)}
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }


def _settings(tree):
    """(class, attribute) → {method: what it sets that to}, as texts."""
    found = {}
    for name, function in [pair for node in tree.body for pair in _functions(node) if isinstance(node, ast.ClassDef)]:
        owner, _, method = name.rpartition(".")
        for node in ast.walk(function):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            for target in targets:
                if _is_of_self(target) and getattr(node, "value", None) is not None:
                    setters = found.setdefault((owner, target.attr), {})
                    setters.setdefault(method, set()).add(ast.dump(node.value))
    return found


def _definitions(tree):
    """Functions and methods by name, and module constants as texts; what is defined twice is left out."""
    functions, constants = {}, {}
    for node in tree.body:
        for name, one in _functions(node):
            functions[name] = None if name in functions else one
        if isinstance(node, ast.Assign):
            constants.update((target.id, ast.dump(node.value)) for target in node.targets if hasattr(target, "id"))
    return {name: node for name, node in functions.items() if node is not None}, constants


def _functions(node):
    if isinstance(node, _FUNCTIONS):
        yield node.name, node
    elif isinstance(node, ast.ClassDef):
        for one in node.body:
            if isinstance(one, _FUNCTIONS):
                function = _Mangled(node.name).visit(one)
                yield "%s.%s" % (node.name, function.name), function


class _Mangled(ast.NodeTransformer):
    """With the private names of a class as they are outside of it."""

    def __init__(self, owner):
        self._owner = owner.lstrip("_")

    def generic_visit(self, node):
        super().generic_visit(node)
        for field in ("id", "attr", "name", "arg"):
            name = getattr(node, field, None)
            if isinstance(name, str) and name.startswith("__") and not name.endswith("__") and self._owner:
                setattr(node, field, "_%s%s" % (self._owner, name))
        return node


class _Plain(ast.NodeTransformer):
    """Without annotations and docstrings, which change nothing in what a function does."""

    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.returns = None
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str):
            node.body = node.body[1:] or [ast.Pass()]
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815


def _plain(node):
    # A copy of its own: the tree is shared.
    copied = ast.parse(_unparse(node)).body[0]
    return _Plain().visit(copied)


def _text(node):
    return _unparse(ast.fix_missing_locations(_plain(node)))


def _unparse(node):
    return ast.unparse(node)


def _attributes(tree):
    """Names that objects of a module's classes have, as far as its source says."""
    found = _stored(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for one in node.body:
                found |= {one.name} if isinstance(one, _FUNCTIONS) else set()
                targets = one.targets if isinstance(one, ast.Assign) else ()
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def _stored(tree):
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}


def _globals(source):
    found = set()
    waiting = [symtable.symtable(source, "source", "exec")]
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        is_module = table.get_type() == "module"
        found |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (is_module or symbol.is_global())
        }
    return found


def _is_imported(node):
    """Whether an import inside of a function works here."""
    try:
        if isinstance(node, ast.Import):
            for alias in node.names:
                importlib.import_module(alias.name)
            return True
        if node.level or node.module is None:
            return False
        module = importlib.import_module(node.module)
        return all(hasattr(module, alias.name) for alias in node.names)
    except BaseException:
        return False


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
