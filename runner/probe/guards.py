"""Which lines of a source file a later Python does not run, by the file's own tests of ``sys.version_info``.

Code such as ``if sys.version_info >= (3, 14): … else: import imp`` is ready for the later version although the old
branch runs today. What is done there must not be held against it.
"""

import ast
import sys

#: Decorators that skip what they decorate when their condition holds, and the one that does when it does not.
_SKIPS = {"skipif": True, "skipIf": True, "skipUnless": False}
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_UNKNOWN = object()


class Guards:
    """Answers for one later version; files are parsed once, when first asked about."""

    def __init__(self, version):
        self._version = version
        self._lines = {}
        """File → (its dead lines, None or the number of modules when it was read and said not all yet)."""
        self._names = {}
        self.partial = set()
        """Modules whose names are not all known yet."""

    def is_dead(self, frame):
        """Whether the line that a frame stands on is not run on the later version."""
        file = frame.f_code.co_filename
        dead, modules = self._lines.get(file, (frozenset(), -1))
        if modules is not None and frame.f_lineno not in dead and modules != len(sys.modules):
            self._names.clear()
            self.partial.clear()
            dead, is_whole = self._read(file, frame.f_globals)
            self._lines[file] = dead, None if is_whole else len(sys.modules)
        return frame.f_lineno in dead

    def _read(self, file, variables):
        try:
            with open(file, "rb") as source:
                reader = _Reader(self, variables, ast.parse(source.read()))
            reader.block(reader.body)
        except Exception:  # no source, or none of this Python: then nothing is known to be guarded
            return frozenset(), True
        return frozenset(reader.dead), reader.is_whole

    def dead_lines(self, tree, variables=None):
        """The lines of a parsed module that the later version does not run."""
        reader = _Reader(self, variables or {}, tree)
        reader.block(tree.body)
        return frozenset(reader.dead)

    def names_of(self, module):
        """What the names of an imported module are on the later version, as far as its versions tests say."""
        if module in self._names:
            return self._names[module]
        self._names[module] = {}
        self.partial.add(module)  # while it is read: modules may import each other
        loaded = sys.modules.get(module)
        file = getattr(loaded, "__file__", None)
        is_whole = loaded is not None
        if isinstance(file, str) and file.endswith(".py"):
            try:
                with open(file, "rb") as source:
                    reader = _Reader(self, vars(loaded), ast.parse(source.read()))
                self._names[module], is_whole = reader.constants, reader.is_whole
            except Exception:
                pass
        if is_whole:
            self.partial.discard(module)
        return self._names[module]


class _Reader:
    def __init__(self, guards, variables, tree):
        self._guards = guards
        self._version = guards._version
        self._variables = variables
        self.body = tree.body
        self.dead = set()
        self.constants = {}
        self.is_whole = True
        """Whether all that the module imports was there: what it is can depend on a constant of another module."""
        self._modules = {}
        self._assigned = set()
        self._imports(tree)
        for node in tree.body:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self._assigned.add(node.targets[0].id)
                value = self.value(node.value)
                if value is not _UNKNOWN:
                    self.constants[node.targets[0].id] = value

    def _imports(self, tree):
        package = self._variables.get("__package__") or ""
        for node in tree.body:
            if isinstance(node, ast.ImportFrom):
                parts = package.split(".")
                prefix = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
                module = ".".join(part for part in (prefix, node.module) if part)
                for alias in node.names:
                    self._import_from(module, alias)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name
                    self._modules[name] = alias.name
                    self._expect(name.partition(".")[0])

    def _import_from(self, module, alias):
        name = alias.asname or alias.name
        if "%s.%s" % (module, alias.name) in sys.modules:
            self._modules[name] = "%s.%s" % (module, alias.name)
        elif module not in ("sys", "__future__") and isinstance(self._variables.get(name), (bool, int)):
            found = self._names_of(module)
            if alias.name in found:
                self.constants[name] = found[alias.name]
        elif name != "*":
            self._expect(name)

    def _expect(self, name):
        """A name that the module gets while it is executed: without it, that is not done yet."""
        if name not in self._variables:
            self.is_whole = False

    def _names_of(self, module):
        found = self._guards.names_of(module)
        if module in self._guards.partial:
            self.is_whole = False
        return found

    def block(self, body):
        """Mark what is dead in a list of statements; returns whether nothing after it is reached."""
        for index, node in enumerate(body):
            if self.statement(node):
                self._kill(body[index + 1 :])
                return True
        return False

    def statement(self, node):
        if isinstance(node, ast.If):
            test = self.value(node.test)
            if test is _UNKNOWN:
                first, second = self.block(node.body), self.block(node.orelse)
                return bool(node.orelse) and first and second
            alive, dead = (node.body, node.orelse) if test else (node.orelse, node.body)
            self._kill(dead)
            return self.block(alive)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if any(self._skips(decorator) for decorator in node.decorator_list):
                self._kill(node.body)
            else:
                self.block(node.body)
            return False
        self._expressions(node)
        for field in ("body", "orelse", "finalbody"):
            inner = getattr(node, field, None)
            if isinstance(inner, list):
                self.block(inner)
        for handler in getattr(node, "handlers", ()):
            self.block(handler.body)
        return isinstance(node, _LEAVES)

    def _expressions(self, node):
        """Mark the dead side of ``a if condition else b`` where it has lines of its own."""
        for expression in ast.walk(node) if not hasattr(node, "body") else ():
            if isinstance(expression, ast.IfExp):
                test = self.value(expression.test)
                if test is not _UNKNOWN:
                    self._kill([expression.orelse if test else expression.body], beside=expression)

    def _kill(self, nodes, beside=None):
        """Mark all lines of some nodes, unless something that lives shares them."""
        for node in nodes:
            last = getattr(node, "end_lineno", None) or node.lineno
            lines = set(range(node.lineno, last + 1))
            if beside is not None and node.lineno == beside.lineno:
                continue
            self.dead |= lines

    def _skips(self, decorator):
        if not isinstance(decorator, ast.Call) or not decorator.args:
            return False
        function = decorator.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name not in _SKIPS:
            return False
        condition = self.value(decorator.args[0])
        return condition is not _UNKNOWN and bool(condition) is _SKIPS[name]

    def value(self, node):  # noqa: PLR0911 - one for each kind of expression
        """What an expression over ``sys.version_info`` is on the later version; _UNKNOWN for all others."""
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._compared(node.left, node.ops[0], node.comparators[0])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self.value(node.operand)
            return inner if inner is _UNKNOWN else not inner
        if isinstance(node, ast.BoolOp):
            return self._joined(node)
        if isinstance(node, ast.Name):
            return self.constants.get(node.id, _UNKNOWN)
        if isinstance(node, ast.Attribute):
            module = self._modules.get(getattr(node.value, "id", None))
            if module and module != "sys" and module in sys.modules:
                return self._names_of(module).get(node.attr, _UNKNOWN)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self._text(node.value)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "bool" and len(node.args) == 1:
            return self.value(node.args[0])
        return _UNKNOWN

    def _text(self, text):
        """A condition given as a string, as ``pytest.mark.skipif`` takes."""
        if "version_info" not in text:
            return _UNKNOWN
        try:
            return self.value(ast.parse(text, mode="eval").body)
        except SyntaxError:
            return _UNKNOWN

    def _joined(self, node):
        values = [self.value(one) for one in node.values]
        decisive = isinstance(node.op, ast.Or)
        if any(one is not _UNKNOWN and bool(one) is decisive for one in values):
            return decisive
        return _UNKNOWN if any(one is _UNKNOWN for one in values) else not decisive

    def _compared(self, left, operator, right):
        mine, other = self._version_of(left), self._literal(right)
        if mine is _UNKNOWN or other is _UNKNOWN:
            return _UNKNOWN
        compare = {
            ast.Lt: lambda a, b: a < b,
            ast.LtE: lambda a, b: a <= b,
            ast.Gt: lambda a, b: a > b,
            ast.GtE: lambda a, b: a >= b,
            ast.Eq: lambda a, b: a == b,
            ast.NotEq: lambda a, b: a != b,
            ast.In: lambda a, b: a in b,
            ast.NotIn: lambda a, b: a not in b,
        }.get(type(operator))
        try:
            return _UNKNOWN if compare is None else bool(compare(mine, other))
        except TypeError:
            return _UNKNOWN

    def _version_of(self, node):
        whole = (*self._version, 0, "final", 0)
        if _is_version_info(node):
            return whole
        if isinstance(node, ast.Attribute) and _is_version_info(node.value):
            return {"major": whole[0], "minor": whole[1]}.get(node.attr, _UNKNOWN)
        if isinstance(node, ast.Subscript) and _is_version_info(node.value):
            try:
                part = ast.literal_eval(node.slice)
            except Exception:
                return self._slice(whole, node.slice)
            return whole[part] if isinstance(part, int) and part in (0, 1) else _UNKNOWN
        if isinstance(node, ast.Name) and node.id in self._assigned:
            self._expect(node.id)
        if isinstance(node, ast.Name) and isinstance(self._variables.get(node.id), tuple):
            value = self._variables[node.id]
            if value[:2] == sys.version_info[:2]:  # a copy of it, or of its beginning
                return whole[: len(value)]
        return _UNKNOWN

    @staticmethod
    def _slice(whole, node):
        node = getattr(node, "value", node)  # ast.Index, before 3.9
        upper = getattr(node, "upper", None)
        if isinstance(node, ast.Slice) and node.lower is None and isinstance(upper, ast.Constant):
            return whole[: upper.value] if upper.value in (1, 2) else _UNKNOWN
        return _UNKNOWN

    @staticmethod
    def _literal(node):
        try:
            return ast.literal_eval(node)
        except Exception:
            return _UNKNOWN


def _is_version_info(node):
    return (isinstance(node, ast.Attribute) and node.attr == "version_info") or (
        isinstance(node, ast.Name) and node.id == "version_info"
    )
