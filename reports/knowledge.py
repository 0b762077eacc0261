"""The knowledge base: which deprecation a warning or an error speaks of, and what becomes of it.

A text is attributed to a family of records first (ten records say "There is no current event loop"), and within it to
the records that fit the version on which it was seen; the line of code narrows further (``Match.narrow``).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .knowledge_model import Fit, Match, Observed, Record, TextForecast, minor_of, version_of
from .knowledge_patterns import PatternIndex
from .knowledge_read import KnowledgeError, Raw, build_record, check_records, read_records
from .knowledge_texts import from_text

__all__ = ["Knowledge", "fault_in"]

_RANK = {Fit.MEASURED: 0, Fit.DOCUMENTED: 1, Fit.CONTRADICTED: 2}


class Knowledge:
    """Records, looked up by id or by a text. Nothing is read before it is asked for."""

    def __init__(self, raw: Mapping[str, Raw] | None = None, foreign: frozenset[str] = frozenset()) -> None:
        """Take the package's records, or those given (in the file's form, by id).

        Args:
            raw: the records.
            foreign: ids of those that somebody else wrote: their patterns may take only so long.
        """
        self._given = raw
        self._foreign = foreign
        self._built: dict[str, Record] = {}
        # A run has few texts, at many places.
        self._warned: dict[tuple[str | None, str, str | None], Match | None] = {}
        self._raised: dict[tuple[str | None, str, str | None], Match | None] = {}

    @functools.cached_property
    def _raw(self) -> Mapping[str, Raw]:
        return read_records() if self._given is None else self._given

    @functools.cached_property
    def _warnings(self) -> PatternIndex:
        return self._index("message_pattern")

    @functools.cached_property
    def _errors(self) -> PatternIndex:
        return self._index("error_pattern")

    def _index(self, field: str) -> PatternIndex:
        pairs = ((key, raw[field]) for key, raw in self._raw.items() if raw.get(field))
        return PatternIndex.of(pairs, self._foreign)

    def with_records(self, mappings: Sequence[Any], where: str = "knowledge") -> Knowledge:
        """These records and a project's own; an id that is known replaces only the fields that are given.

        Raises:
            KnowledgeError: something is wrong with them.
        """
        theirs = check_records(mappings, self._raw, where)
        return Knowledge({**self._raw, **theirs}, self._foreign | theirs.keys())

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id, in the order of the file."""
        return tuple(self._raw)

    def get(self, identifier: str) -> Record | None:
        """One record."""
        if identifier not in self._built and identifier in self._raw:
            self._built[identifier] = build_record(self._raw[identifier])
        return self._built.get(identifier)

    def family(self, name: str) -> tuple[Record, ...]:
        """The records of a family, in the order of the file."""
        keys = [key for key, raw in self._raw.items() if raw.get("family", key) == name]
        return self._records(keys)

    def _records(self, keys: Iterable[str]) -> tuple[Record, ...]:
        return tuple(record for key in keys if (record := self.get(key)))

    def find_by_warning(self, category: str | None, message: str, python: str | None = None) -> Match | None:
        """The records that a warning speaks of; None when no record knows its text in this category.

        Args:
            category: the warning's class, bare or with its module; None: not known.
            message: its text.
            python: the version it was seen on; None: any.
        """
        key = (category, message, python)
        if key not in self._warned:
            name = (category or "").rpartition(".")[2]
            found = [record for record in self._records(self._warnings.search(message)) if _is_of(record, name)]
            self._warned[key] = _match([(one, _warning_fit(one, python)) for one in found], python, "warning")
        return self._warned[key]

    def find_by_error(self, type: str | None, message: str, python: str | None = None) -> Match | None:  # noqa: A002
        """The records that an exception speaks of; None when no record knows its text.

        Args:
            type: the exception's class, bare or with its module; None: it is in the message.
            message: its text, with or without ``Type: `` in front.
            python: the version it was raised on; None: any.
        """
        key = (type, message, python)
        if key not in self._raised:
            name = (type or "").rpartition(".")[2]
            text = message if not name or message.startswith(f"{name}: ") else f"{name}: {message}"
            found = self._records(self._errors.search(text))
            told = [record for record in found if not record.error_pattern_generic] or found
            self._raised[key] = _match([(record, _error_fit(record, python)) for record in told], python, "error")
        return self._raised[key]

    def from_text(
        self,
        message: str,
        category: str | None = None,
        *,
        python: str | None = None,
        standard_library: bool = False,
    ) -> TextForecast:
        """What the text of an unknown warning says by itself (see ``knowledge_texts.from_text``)."""
        return from_text(message, category, python=python, standard_library=standard_library)


def _is_of(record: Record, category: str) -> bool:
    """Whether a record warns in a category: the same words in another class are somebody else's."""
    return not category or not record.categories() or category in record.categories()


def _warning_fit(record: Record, python: str | None) -> Fit:
    version = _python_of(python)
    if version is None or not record.of_python:
        return Fit.DOCUMENTED
    observed = record.observed(python)
    if observed is not None:
        return Fit.MEASURED if observed is Observed.WARNS else Fit.CONTRADICTED
    since, until = version_of(record.warns_since), version_of(record.warns_until)
    gone = version_of(record.removed_in)
    early = since is not None and version < since
    late = (until is not None and version > until) or (gone is not None and version >= gone)
    return Fit.CONTRADICTED if early or late else Fit.DOCUMENTED


def _error_fit(record: Record, python: str | None) -> Fit:
    version = _python_of(python)
    if version is None or not record.of_python:
        return Fit.DOCUMENTED
    observed = record.observed(python)
    if observed is not None:
        return Fit.MEASURED if record.broken(observed) else Fit.CONTRADICTED
    if record.removal_scheduled_for == "future":
        # Measured versions still have it; only a later one can have lost it.
        last = max((version_of(key) or () for key in record.measured), default=())
        return Fit.DOCUMENTED if version > last else Fit.CONTRADICTED
    end = version_of(record.removed_in or record.removal_scheduled_for)
    return Fit.CONTRADICTED if end is not None and version < end else Fit.DOCUMENTED


def _python_of(python: str | None) -> tuple[int, ...] | None:
    return version_of(minor_of(python))


def _match(found: Sequence[tuple[Record, Fit]], python: str | None, what: str) -> Match | None:
    """The best family among the records, and in it those that fit best."""
    if not found:
        return None

    def rank(pair: tuple[Record, Fit]) -> tuple[int, bool, int]:
        record, fit = pair
        pattern = (record.message_pattern if what == "warning" else record.error_pattern) or ""
        # Python's own records first, then the longer pattern: it says more.
        return (_RANK[fit], not record.of_python, -len(pattern))

    ordered = sorted(found, key=rank)
    family, fit = ordered[0][0].family, ordered[0][1]
    # A record that the dates allow stays beside one that was measured; a contradicted one only when all are.
    kept = tuple(
        record
        for record, its in ordered
        if record.family == family and (its is not Fit.CONTRADICTED or fit is Fit.CONTRADICTED)
    )
    generic = what == "error" and all(record.error_pattern_generic for record in kept)
    return Match(
        family=family,
        records=kept,
        fit=fit,
        convicts=not generic and fit is not Fit.CONTRADICTED,
        reason=_reason(kept, fit, python, what, generic=generic),
        others=tuple(record for record, _ in ordered if record.family != family),
    )


def _reason(records: Sequence[Record], fit: Fit, python: str | None, what: str, *, generic: bool) -> str:
    on = f" on {python}" if python else ""
    words = {
        Fit.MEASURED: f"the {what}'s text, measured{on}",
        Fit.DOCUMENTED: f"the {what}'s text",
        Fit.CONTRADICTED: f"the {what}'s text alone: not what was measured or documented{on}",
    }[fit]
    if generic:
        words += "; the text is common and proves nothing alone"
    if len(records) > 1:
        words += f"; {len(records)} records share it"
    return words


def fault_in(records: Sequence[Any]) -> str | None:
    """What is wrong with a project's own records; None where nothing is."""
    try:
        Knowledge().with_records(records, "knowledge in matrix.yaml")
    except KnowledgeError as error:
        return error.message
    return None
