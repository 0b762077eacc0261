"""What the knowledge base says, as types: a record, a match of a text, what a text says by itself."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from enum import StrEnum


class Certainty(StrEnum):
    """How sure a statement about a later version is."""

    MEASURED = "measured"
    """Run on that version."""
    SCHEDULED = "scheduled"
    """Documents or the warning's text name the version."""
    UNDATED = "undated"
    """Announced, without a version."""
    SUSPECTED = "suspected"
    """The text might mean it."""


class Observed(StrEnum):
    """What a probe did on one version."""

    OK = "ok"
    """Silent; of a record whose probe asserts a new behaviour: the change is in force."""
    WARNS = "warns"
    ERROR = "error"
    ABSENT = "absent"
    """Not there yet: the subject, or the new behaviour."""


Version = tuple[int, ...]


def version_of(text: str | None) -> Version | None:
    """``3.12.1`` as (3, 12, 1), also out of ``pypy3.11`` and ``3.13t``; None when there is no version."""
    found = re.search(r"\d+(?:\.\d+)*", text or "", re.ASCII)
    # int() refuses very long digit strings; a version with one is not a version.
    return tuple(int(part[:9]) for part in found[0].split(".")) if found else None


def minor_of(python: str | None) -> str | None:
    """``3.12`` of ``3.12.1``, which is how measurements are filed."""
    version = version_of(python)
    return ".".join(map(str, version[:2])) if version and len(version) > 1 else None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Deadline:
    """When a deprecation bites."""

    version: str | None
    """None: nobody has said when."""
    certainty: Certainty


@dataclasses.dataclass(frozen=True, kw_only=True)
class Record:
    """One deprecation or change. Versions are Python's, or those of ``package`` if that is not ``cpython``."""

    id: str
    package: str
    subject: str
    kind: str
    replacement: str
    family: str
    """Records that share texts; a record without such relatives is its own family."""
    category: str | None = None
    """None: nothing warns."""
    category_by_version: Mapping[str, str] = dataclasses.field(default_factory=dict)
    message_pattern: str | None = None
    introduced_in: str | None = None
    deprecated_in: str | None = None
    warns_since: str | None = None
    warns_remarks: tuple[str, ...] = ()
    warns_until: str | None = None
    removed_in: str | None = None
    removal_scheduled_for: str | None = None
    """A version, or ``future``."""
    after_removal: str = ""
    error_pattern: str | None = None
    error_pattern_generic: bool = False
    """The error's text is too common to blame this record for it."""
    note: str = ""
    sources: tuple[str, ...] = ()
    probe: str | None = None
    probe_kind: str | None = None
    test_file: str | None = None
    test_mode: str | None = None
    measured: Mapping[str, Observed] = dataclasses.field(default_factory=dict)
    exceptions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Versions on which the measurement is known to differ from the documents; the note says why."""

    @property
    def of_python(self) -> bool:
        """Whether its versions are Python's."""
        return self.package == "cpython"

    @property
    def silent_change(self) -> bool:
        """Whether the probe asserts a changed behaviour, so that ``ok`` means: changed."""
        return self.probe_kind == "asserts-new-behaviour"

    @property
    def deadline(self) -> Deadline | None:
        """When it bites; None when no removal is planned."""
        if self.removed_in:
            seen = self._first_measured(version_of(self.removed_in) or ())
            certainty = Certainty.MEASURED if seen and self.broken(seen) else Certainty.SCHEDULED
            return Deadline(version=self.removed_in, certainty=certainty)
        if self.removal_scheduled_for == "future":
            return Deadline(version=None, certainty=Certainty.UNDATED)
        if self.removal_scheduled_for:
            return Deadline(version=self.removal_scheduled_for, certainty=Certainty.SCHEDULED)
        return None

    def broken(self, observed: Observed) -> bool:
        """Whether what was observed means that the end has come."""
        return observed is (Observed.OK if self.silent_change else Observed.ERROR)

    @property
    def always_broken(self) -> bool:
        """Whether it failed wherever it was measured: no version is its end."""
        return bool(self.measured) and all(map(self.broken, self.measured.values()))

    @property
    def ends_silently(self) -> bool:
        """Whether its end raises nothing: results differ, or something is no longer called."""
        return self.error_pattern is None

    def _first_measured(self, version: Version) -> Observed | None:
        """What was measured on the first version that is not before the given one."""
        later = {found: word for key, word in self.measured.items() if (found := version_of(key) or ()) >= version}
        return later[min(later)] if later else None

    def observed(self, version: str | None) -> Observed | None:
        """What was measured on a version of Python, if anything was."""
        return self.measured.get(minor_of(version) or "")

    def categories(self) -> frozenset[str]:
        """Every category that it ever warned with."""
        return frozenset({*self.category_by_version.values(), *([self.category] if self.category else [])})


class Fit(StrEnum):
    """How well a record fits the version on which its text was seen."""

    MEASURED = "measured"
    """The probe did the same there."""
    DOCUMENTED = "documented"
    """Not measured there; the record's dates allow it."""
    CONTRADICTED = "contradicted"
    """The text fits and the version does not: another patch release, or somebody else's text."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Match:
    """The records that a text speaks of: those of one family, for texts are often shared within a family."""

    family: str
    records: tuple[Record, ...]
    """Best first; never empty."""
    fit: Fit
    convicts: bool
    """Whether the text alone is reason enough to name the family as the cause."""
    reason: str
    others: tuple[Record, ...] = ()
    """Records of other families with the same text."""

    @property
    def record(self) -> Record:
        """The best one; the only one where ``exact``."""
        return self.records[0]

    @property
    def exact(self) -> bool:
        """Whether the text belongs to one record only."""
        return len(self.records) == 1

    @property
    def deadline(self) -> Deadline | None:
        """The earliest deadline of the records that may be meant: the other members can only be later.

        What fails on every version was never announced, and does not count beside what was; nor do other packages'
        versions beside those of the best record's.
        """
        own = [record for record in self.records if record.package == self.record.package]
        ended = [record for record in own if not record.always_broken] or own
        known = [record.deadline for record in ended if record.deadline]
        dated = [deadline for deadline in known if deadline.version]
        return min(dated or known, key=lambda deadline: version_of(deadline.version) or (), default=None)

    def narrow(self, line: str) -> Match:
        """The records that a line of code at the call names; unchanged where it names none of them.

        Args:
            line: source of the statement that warned or failed.
        """
        words = frozenset(re.findall(r"\w+", line))
        named = {record.id: _named(record.subject, words) for record in self.records}
        best = max(named.values())
        if best == 0 or self.exact:
            return self
        kept = tuple(record for record in self.records if named[record.id] == best)
        if len(kept) == len(self.records):
            return self
        return dataclasses.replace(self, records=kept, reason=f"{self.reason}; the line names {kept[0].subject}")


def _named(subject: str, words: frozenset[str]) -> int:
    """How many parts of a dotted subject are among the words; none unless the last one is."""
    name = re.match(r"[\w.]+", subject)
    parts = [part for part in name[0].split(".") if part] if name else []
    return sum(part in words for part in parts) if parts and parts[-1] in words else 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class TextForecast:
    """What a warning's text says by itself, for a warning that no record knows."""

    version: str | None
    """The Python that the text names as the end."""
    deprecated_in: str | None
    certainty: Certainty
    reliability: float | None
    """Share of the measured texts of this form that were right; None where it was not measured."""
    reason: str
