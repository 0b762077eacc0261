"""``forewarn explain``: what the knowledge base says of an id, of a subject, or of a text that somebody saw."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterable

from .errors import UsageError
from .knowledge import Knowledge
from .knowledge_model import Match, Record, TextForecast
from .patterns import LIMIT

_ID_LIKE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+|[a-z0-9]+")
# `x.py:3: DeprecationWarning: text`, `E   ModuleNotFoundError: text`, `pytest.PytestWarning: text`
_NAMED = re.compile(r"(?:^|(?<=\s))(?:\w+\.)*(?P<name>\w*(?:Warning|Error|Exception))\s*: (?P<text>.*)", re.DOTALL)
# Where an error came without its type, the types that patterns begin with are tried.
_ERROR_TYPES = (
    *("AttributeError", "ImportError", "ModuleNotFoundError", "RuntimeError", "TypeError", "ValueError"),
    *("KeyError", "SyntaxError", "NotImplementedError", "PicklingError", "OSError"),
)
_LIMIT = 4000
_NEAREST = 3


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
    """One record, or several that share a text, and why they are an answer."""

    reason: str
    records: tuple[Record, ...]
    match: Match | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Explanation:
    """All that can be said of a question."""

    query: str
    answers: tuple[Answer, ...]
    text: TextForecast | None = None
    """What the text itself says, where no record knows it."""
    nearest: tuple[str, ...] = ()


def explain(query: str, knowledge: Knowledge, python: str | None = None) -> Explanation:
    """Answer a question.

    Args:
        query: an id, a family, a subject such as ``asyncio.get_event_loop``, or the text of a warning or an error.
        knowledge: the records.
        python: the version on which a text was seen; None: any.

    Raises:
        UsageError: an id that nothing has, or no question at all.
    """
    words = query.strip()[:LIMIT]
    if not words:
        raise UsageError("nothing was asked", hint="forewarn explain module-imp, or the text of a warning in quotes")
    if record := knowledge.get(words):
        return Explanation(query=words, answers=(Answer(reason="its id", records=(record,)),))
    if members := knowledge.family(words):
        reason = f"members of the family {words}, which share texts"
        return Explanation(query=words, answers=(Answer(reason=reason, records=members),))
    id_like = _ID_LIKE.fullmatch(words)
    answers = tuple(_by_subject(words, knowledge))
    if not id_like:
        answers += tuple(_by_text(words, knowledge, python))
    if answers:
        return Explanation(query=words, answers=answers)
    nearest = nearest_ids(words, knowledge)
    if id_like:
        meant = f"did you mean {' or '.join(nearest)}?" if nearest else "ask with the text of the warning in quotes"
        raise UsageError(f"no record is called {words!r}", hint=meant)
    name, text = _split(words)
    forecast = None if name and not name.endswith("Warning") else knowledge.from_text(text, name, python=python)
    return Explanation(query=words, answers=(), text=forecast, nearest=nearest)


def _split(words: str) -> tuple[str | None, str]:
    """The class and the message of a text as a report shows it."""
    found = _NAMED.search(words[:_LIMIT])
    return (found["name"], found["text"]) if found else (None, words)


def _by_text(words: str, knowledge: Knowledge, python: str | None) -> Iterable[Answer]:
    name, text = _split(words)
    matches: list[Match | None] = []
    if name is None or name.endswith("Warning"):
        matches.append(knowledge.find_by_warning(name, text, python))
    if name is None:
        guesses = [knowledge.find_by_error(kind, text, python) for kind in (None, *_ERROR_TYPES)]
        # A common text under a type that was only guessed would be a match of anything.
        matches += [match for match in guesses if match and not match.record.error_pattern_generic]
    elif not name.endswith("Warning"):
        matches.append(knowledge.find_by_error(name, text, python))
    elif matches == [None]:
        matches.append(_other_class(name, text, knowledge, python))
    seen: set[str] = set()
    for match in matches:
        if match and match.family not in seen:
            seen.add(match.family)
            yield Answer(reason=match.reason, records=match.records, match=match)
            if match.others:
                yield Answer(reason="the same text, of another family", records=match.others)


def _other_class(name: str, text: str, knowledge: Knowledge, python: str | None) -> Match | None:
    """A record with these words in another class, said to be one: it is rather somebody else's warning."""
    match = knowledge.find_by_warning(None, text, python)
    if match is None:
        return None
    its = match.record.category
    return dataclasses.replace(
        match, convicts=False, reason=f"the same words, which Python says in a {its}; a {name} is somebody else's"
    )


def _by_subject(words: str, knowledge: Knowledge) -> Iterable[Answer]:
    """Records of a thing that is named as code names it."""
    name = words.removesuffix("()")
    if re.fullmatch(r"[\w.]+", name):
        named = re.compile(rf"(?:import )?{re.escape(name)}(?![\w.])")
        found = [record for key in knowledge.ids if (record := knowledge.get(key)) and named.match(record.subject)]
        if found:
            yield Answer(reason=f"its name, {name}", records=tuple(found))


def nearest_ids(words: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Ids that look alike, or whose subject does."""
    short = words[:80].lower()
    names = {key: key for key in knowledge.ids}
    names |= {record.subject.lower(): key for key in knowledge.ids if (record := knowledge.get(key))}
    close = difflib.get_close_matches(short, names, n=_NEAREST, cutoff=0.7)
    close += [name for name in names if len(short) > 3 and short in name]
    return tuple(dict.fromkeys(names[name] for name in close))[:_NEAREST]
