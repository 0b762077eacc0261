"""What a warning's text says about its end, when no record knows the warning.

The forms are those of CPython's own texts on 3.8 to 3.15, where a named version was right in 147 of 158 texts; the
others named too early a version, or were withdrawn (docs/knowledge.md).
"""

from __future__ import annotations

import re

from .knowledge_model import Certainty, TextForecast, version_of

#: Right in 147 of 158 measured texts that name a version.
NAMED_RELIABILITY = 0.93
_LIMIT = 2000

_VERSION = r"(?P<python>Python |asyncio )?(?P<version>3\.\d{1,3})(?![\d.]*\d)"
_END = re.compile(
    r"(?:(?:slated|scheduled) for removal|will be removed(?: from [\w.]{1,80}(?: module)?)?"
    r"|will be (?:disallowed|forbidden|prohibited)|slated to (?:become an error|be disallowed)"
    r"|will become (?:an error|positional-only|(?:a )?keyword-only parameters?)"
    r"|will (?:change|be normal attributes|raise (?:a )?\w{1,40})) in " + _VERSION
)
_VERSION_FIRST = re.compile(
    r"(?:(?<!deprecated )\b[Ii]n|\b[Ss]tarting with|^)(?: Python)? ?" + _VERSION + r"(?=[, ].{0,80}?\bwill\b)"
)
_STARTED = re.compile(r"\bdeprecated (?:since|in|as of) (?:Python )?(3\.\d{1,3})(?!\d)")
_SOME_DAY = re.compile(
    r"\b(?:in|of) (?:a )?(?:future|subsequent)\b|\bfuture (?:Python )?(?:versions?|releases?)|in the future"
)
_ANNOUNCES = re.compile(r"\bdeprecated\b|\bwill (?:be|become|raise|stop|no longer)\b|\bremoval\b", re.IGNORECASE)
_CATEGORIES = frozenset({"DeprecationWarning", "PendingDeprecationWarning", "FutureWarning"})


def from_text(
    message: str, category: str | None = None, *, python: str | None = None, standard_library: bool = False
) -> TextForecast:
    """What a text says about the end of what it warns of.

    Args:
        message: the warning's text.
        category: its class, by name.
        python: where it was seen; a named version that is not later was too early.
        standard_library: whether Python itself warns; then a bare ``3.12`` is a Python. A library's text may mean its
            own version 3.12.
    """
    text = message[:_LIMIT]
    found = _END.search(text) or _VERSION_FIRST.search(text)
    started = _STARTED.search(text)
    since = started[1] if started else None
    if found is None:
        return _unnamed(text, category, since)
    version = found["version"]
    if not (found["python"] or standard_library or re.search(rf"Python {re.escape(version)}\b", text)):
        return TextForecast(
            version=version,
            deprecated_in=since,
            certainty=Certainty.SUSPECTED,
            reliability=None,
            reason=f"the text names {version} without saying of what; it may be the library's own version",
        )
    seen, named = version_of(python), version_of(version)
    if seen and named and named <= seen[:2]:
        return TextForecast(
            version=None,
            deprecated_in=since,
            certainty=Certainty.UNDATED,
            reliability=None,
            reason=f"the text names Python {version}, and Python {python} still warns: the date was too early",
        )
    return TextForecast(
        version=version,
        deprecated_in=since,
        certainty=Certainty.SCHEDULED,
        reliability=NAMED_RELIABILITY,
        reason=f"the text names Python {version}",
    )


def _unnamed(text: str, category: str | None, since: str | None) -> TextForecast:
    if _SOME_DAY.search(text):
        certainty, reason = Certainty.UNDATED, "the text says that it will end, and not when"
    elif (category or "").rpartition(".")[2] in _CATEGORIES:
        certainty, reason = Certainty.UNDATED, "the text names no version, as half of Python's own do not"
    elif _ANNOUNCES.search(text):
        certainty, reason = Certainty.SUSPECTED, "the text speaks of a change; its category is not a deprecation"
    else:
        certainty, reason = Certainty.SUSPECTED, "neither the text nor its category speaks of a change"
    return TextForecast(version=None, deprecated_in=since, certainty=certainty, reliability=None, reason=reason)
