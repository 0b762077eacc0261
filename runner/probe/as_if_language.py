"""What a later version's compiler and defaults do otherwise, where that can be done here."""

import ast
import builtins
import sys

from .as_if_modules import when_loaded

_INHERITED = 0x1FF2000  # the flags of ``from __future__`` imports


def install(version):
    """Do as the later version does."""
    if version >= (3, 13) and sys.version_info < (3, 13):
        builtins.compile = _compile_with_clean_docstrings(builtins.compile)
    if version >= (3, 14) and sys.version_info < (3, 14) and sys.platform not in ("darwin", "win32"):
        when_loaded("multiprocessing.context", _fork_from_a_server)


def _fork_from_a_server(context):
    """3.14 starts processes by a server, so that they inherit nothing that was not sent to them."""
    context._default_context._default_context = context._concrete_contexts["forkserver"]


def _compile_with_clean_docstrings(plain):
    """3.13 strips a docstring's common indentation when it compiles."""

    def compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, **more):
        if not dont_inherit:
            flags |= sys._getframe(1).f_code.co_flags & _INHERITED
        if mode == "exec" and not flags & ast.PyCF_ONLY_AST and sys.flags.optimize < 2:
            try:
                tree = source
                if not isinstance(source, ast.AST):
                    tree = plain(source, filename, mode, flags | ast.PyCF_ONLY_AST, True, optimize, **more)
                _clean(tree)
                return plain(tree, filename, mode, flags, True, optimize, **more)
            except Exception:  # the plain compiler says what is wrong; a tree may be too deep for what a text is not
                pass
        return plain(source, filename, mode, flags, True, optimize, **more)

    return compile


def _clean(tree):
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.body:
            value = getattr(node.body[0], "value", None) if isinstance(node.body[0], ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                value.value = _clean_docstring(value.value)


def _clean_docstring(text):
    """As ``inspect.cleandoc``, but blank lines at the ends stay."""
    lines = text.expandtabs().split("\n")
    margins = [len(line) - len(line.lstrip(" ")) for line in lines[1:] if line.strip(" ")]
    margin = min(margins, default=0)
    return "\n".join([lines[0].lstrip(" "), *(line[margin:] for line in lines[1:])])
