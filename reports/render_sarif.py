"""report.sarif: causes as results of a static analyser (SARIF 2.1.0), for code scanning.

One rule for each knowledge record, or kind of failure without one; one result for each cause in the target's own code,
its tests or on their behalf. GitHub takes 25,000 results and shows 5,000; the most important come first.
"""

from __future__ import annotations

import json
from typing import Any

from .cause_text import message_of, place_of
from .knowledge import Knowledge
from .model import Cause
from .texts import one_line
from .view import View

#: Results and rules in one file; GitHub's limits are 25,000 of both, and 10 MB packed.
RESULT_LIMIT = 5_000
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render_sarif(view: View, knowledge: Knowledge, version: str) -> str:
    """The document; causes without a place in the target cannot be shown in its code and are left out.

    Args:
        view: of the report.
        knowledge: names and advice of the rules.
        version: of forewarn.
    """
    placed = [cause for cause in view.report.causes.causes if place_of(cause) is not None]
    told = placed[:RESULT_LIMIT]
    rules: dict[str, dict[str, Any]] = {}
    positions: dict[str, int] = {}
    results = []
    for cause in told:
        rule = one_line(cause.record or f"python-{(cause.category or 'failure').lower()}", 120)
        if rule not in rules:
            rules[rule] = _rule(rule, cause, knowledge)
        results.append(_result(cause, rule, positions.setdefault(rule, len(positions))))
    driver = {"name": "forewarn", "semanticVersion": version, "rules": list(rules.values())}
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {"headline": view.headline, "leftOut": len(view.report.causes.causes) - len(told)},
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=True, indent=1) + "\n"


def _rule(identifier: str, cause: Cause, knowledge: Knowledge) -> dict[str, Any]:
    record = knowledge.get(cause.record) if cause.record else None
    about = record.subject if record is not None else cause.category or "failure"
    rule: dict[str, Any] = {
        "id": identifier,
        "shortDescription": {"text": one_line(about, 200) or "failure"},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["python", "deprecation"]},
    }
    if record is not None and record.replacement:
        rule["help"] = {"text": one_line(record.replacement, 900)}
    return rule


def _result(cause: Cause, rule: str, index: int) -> dict[str, Any]:
    place = place_of(cause)
    assert place is not None, "asked before"  # noqa: S101 - what the caller has filtered for
    region: dict[str, Any] = {"startLine": place[1]}
    if cause.source:
        region["snippet"] = {"text": one_line(cause.source, 400)}
    artifact = {"uri": _uri(place[0]), "uriBaseId": "%SRCROOT%"}
    return {
        "ruleId": rule,
        "ruleIndex": index,
        "level": "error" if cause.breaking else "warning" if cause.will_break else "note",
        "message": {"text": message_of(cause)},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
        # The cause's id has no line and no number: code that moves keeps its alert.
        "partialFingerprints": {"forewarnCause/v1": cause.id},
    }


def _uri(file: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415 - needed for this alone

    return quote(file.replace("\\", "/").encode("utf-8", "backslashreplace"), safe="/")
