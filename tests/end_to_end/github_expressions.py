"""The expressions of GitHub's workflows, as far as ours use them; anything else is an error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][\w.-]*)|(?P<sign>\|\||&&|==|!=|[!(),]))")
_WHOLE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_WORDS = {"true": True, "false": False, "null": None}

Functions = Mapping[str, Callable[..., Any]]


def evaluate(text: str, contexts: Mapping[str, Any], functions: Functions) -> Any:
    """One expression, without its braces."""
    return _Parser(text, contexts, functions).whole()


def fill(value: Any, contexts: Mapping[str, Any], functions: Functions) -> Any:
    """A value of a workflow with all of its expressions evaluated. One that is all of a text keeps its type."""
    if isinstance(value, dict):
        return {key: fill(one, contexts, functions) for key, one in value.items()}
    if isinstance(value, list):
        return [fill(one, contexts, functions) for one in value]
    if not isinstance(value, str):
        return value
    if whole := _WHOLE.fullmatch(value.strip()):
        return evaluate(whole[1], contexts, functions)
    return _WHOLE.sub(lambda match: as_text(evaluate(match[1], contexts, functions)), value)


def as_text(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, bool | dict | list) else str(value)


class _Parser:
    def __init__(self, text: str, contexts: Mapping[str, Any], functions: Functions) -> None:
        self._contexts, self._functions = contexts, functions
        self._tokens: list[tuple[str, str]] = []
        position, text = 0, text.strip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            assert match, f"not understood: {text[position:]!r}"
            self._tokens.append((str(match.lastgroup), match[match.lastgroup or 0]))
            position = match.end()

    def whole(self) -> Any:
        value = self._or()
        assert not self._tokens, f"left over: {self._tokens}"
        return value

    def _sign(self, *signs: str) -> str | None:
        if self._tokens and self._tokens[0][0] == "sign" and self._tokens[0][1] in signs:
            return self._tokens.pop(0)[1]
        return None

    def _or(self) -> Any:
        value = self._and()
        while self._sign("||"):
            other = self._and()
            value = value or other
        return value

    def _and(self) -> Any:
        value = self._equal()
        while self._sign("&&"):
            other = self._equal()
            value = value and other
        return value

    def _equal(self) -> Any:
        value = self._one()
        while sign := self._sign("==", "!="):
            value = (value == self._one()) is (sign == "==")
        return value

    def _one(self) -> Any:
        if self._sign("!"):
            return not self._one()
        if self._sign("("):
            value = self._or()
            assert self._sign(")")
            return value
        kind, text = self._tokens.pop(0)
        if kind == "text":
            return text[1:-1].replace("''", "'")
        assert kind == "name", text
        if self._sign("("):
            return self._call(text)
        return _WORDS[text] if text in _WORDS else self._look_up(text)

    def _call(self, name: str) -> Any:
        arguments = []
        while not self._sign(")"):
            arguments.append(self._or())
            self._sign(",")
        return self._functions[name](*arguments)

    def _look_up(self, name: str) -> Any:
        first, *rest = name.split(".")
        value = self._contexts[first]
        for part in rest:
            value = value.get(part) if isinstance(value, dict) else None
        return value
