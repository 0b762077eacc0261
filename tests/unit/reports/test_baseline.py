"""What a team accepts, and what the gate makes of it."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path
from typing import Any

import pytest
from results_builder import Folder, case, failure, lines

from reports.__main__ import main
from reports.baseline import Entry, accept, dump_baseline, has_expired, merge_baselines, read_baseline
from reports.conclude import conclude
from reports.errors import UsageError
from reports.knowledge import Knowledge
from reports.load import load_run
from reports.model import Cause, Origin, OriginKind
from reports.view import Report

TODAY = datetime.date(2026, 11, 20)
T = "tests/test_a.py::test_x"
FRESH = Entry(id="", reason="because", owner="core")


def a_cause(number: int = 1, **changes: Any) -> Cause:
    fields: dict[str, Any] = {
        "id": f"c{number:010x}",
        "title": f"DeprecationWarning: old {number}",
        "kind": "warning",
        "category": "DeprecationWarning",
        "message": "old",
        "origin": Origin(kind=OriginKind.PROJECT),
        "file": "shop/cart.py",
        "line": 12,
        "function": "total",
        "stack": (),
        "tests": (T,),
        "breaking": 0,
        "strict_only": True,
        "versions": ("3.12",),
        "profiles": ("plain",),
        "example": "",
    }
    return Cause(**{**fields, **changes})


def test_new_causes_are_added_known_ones_keep_their_words_and_gone_ones_are_pruned() -> None:
    first, _ = accept({}, [a_cause(1), a_cause(2)], FRESH)
    edited = {key: dataclasses.replace(entry, reason="mine", expires="3.16") for key, entry in first.items()}
    second, changes = accept(edited, [a_cause(2, message="renamed after\t17 days in /tmp/x/y"), a_cause(3)], FRESH)
    assert (changes.added, changes.kept, changes.pruned) == (("c0000000003",), ("c0000000002",), ("c0000000001",))
    assert second["c0000000002"].reason == "mine"
    assert second["c0000000002"].expires == "3.16"
    assert second["c0000000002"].cause == "DeprecationWarning: renamed after <n> days in <path>"
    assert second["c0000000003"].reason == "because"


@pytest.mark.parametrize("only", ["c0000000002", "old 2", "shop/cart.py::two"])
def test_only_some_are_added_and_then_nothing_is_pruned(only: str) -> None:
    known = {"c0000000009": Entry(id="c0000000009")}
    entries, changes = accept(known, [a_cause(1), a_cause(2, function="two")], FRESH, only=(only,))
    assert sorted(entries) == ["c0000000002", "c0000000009"]
    assert changes.pruned == ()


def test_prune_adds_nothing() -> None:
    entries, changes = accept({"c0000000009": Entry(id="c0000000009")}, [a_cause(1)], FRESH, prune=True)
    assert (entries, changes.pruned) == ({}, ("c0000000009",))


def test_incomplete_evidence_prunes_nothing() -> None:
    known = {"c0000000009": Entry(id="c0000000009")}
    entries, changes = accept(known, [a_cause(1)], FRESH, whole=False)
    assert sorted(entries) == ["c0000000001", "c0000000009"]
    assert changes.pruned == ()


def test_lines_and_numbers_of_tests_play_no_part(tmp_path: Path) -> None:
    def texts(line: int, tests: tuple[str, ...]) -> str:
        return dump_baseline(accept({}, [a_cause(line=line, tests=tests)], FRESH)[0])

    assert texts(12, (T,)) == texts(999, (T, "tests/test_a.py::test_y"))


def test_the_file_is_read_back(tmp_path: Path) -> None:
    entries, _ = accept({}, [a_cause(1), a_cause(2, file=None, function=None)], FRESH)
    file = tmp_path / "baseline.yaml"
    file.write_text(dump_baseline(entries), encoding="utf-8")
    assert read_baseline(file) == entries
    assert read_baseline(tmp_path / "none.yaml") == {}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: [", ":2:1: this is not YAML"),
        ("format: 1\naccepted: &a [*a]", ":2:15: this is not YAML: an alias"),
        ("[[[[[[[[[a]]]]]]]]]", ":1:9: this is not YAML: more than any baseline has"),
        ("format: 1\naccepted: [{id: c0000000001, reason: [a]}]", "accepted[0].reason: expected a text"),
        ("[]", "expected `format: 1`"),
        ("format: 2", "expected `format: 1`"),
        ("format: 1\naccepted: 3", "accepted: expected a list"),
        ("format: 1\naccepted: [3]", "accepted[0]: expected a mapping"),
        ("format: 1\naccepted: [{id: x}]", "accepted[0].id: expected the id of a cause"),
        ("format: 1\naccepted: [{id: c0000000001, line: 3}]", "accepted[0]: there is no 'line'"),
        ("format: 1\naccepted: [{id: c0000000001, expires: soon}]", "accepted[0].expires: expected a date"),
    ],
)
def test_a_faulty_file_is_one_message(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "baseline.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_baseline(file)
    assert str(file) in caught.value.message
    assert fault in caught.value.message


def test_merged_entries_have_the_later_texts() -> None:
    first = {"c0000000001": Entry(id="c0000000001", reason="b", owner="a")}
    second = {"c0000000001": Entry(id="c0000000001", reason="a", owner="b"), "c0000000002": Entry(id="c0000000002")}
    merged = merge_baselines([first, second])
    assert merged == merge_baselines([second, first])
    assert (merged["c0000000001"].reason, merged["c0000000001"].owner) == ("b", "b")


@pytest.mark.parametrize(
    ("expires", "newest", "expected"),
    [
        ("", "3.15", False),
        ("2026-11-20", None, True),
        ("2026-11-21", "3.15", False),
        ("3.15", "3.15", True),
        ("3.16", "3.15", False),
        ("3.9", "3.15", True),
        ("3.15", None, False),
    ],
)
def test_expiry(expires: str, newest: str | None, expected: bool) -> None:
    assert has_expired(Entry(id="c0000000001", expires=expires), TODAY, newest) is expected


# The gate


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Breaks on 3.14 in one place; warns in the project and in a dependency."""
    made = Folder(tmp_path / ".forewarn")
    cell = made.tests("3.12", {T: "passed"})
    made.cell(
        "3.14",
        [case("tests.test_a", "test_x", failure("OSError: no", "shop/cart.py:3: OSError"), file="tests/test_a.py")],
    )
    warning = {"category": "DeprecationWarning", "message": "old", "test": T, "when": "runtest"}
    site = "/x/lib/python3.12/site-packages/requests/api.py"
    lines(
        cell / "warnings.jsonl",
        warning | {"stack": [["/home/dev/target/shop/cart.py", 5, "own"]]},
        warning | {"message": "older", "stack": [[site, 5, "theirs"], ["/home/dev/target/shop/cart.py", 6, "call"]]},
    )
    made.run(next=["3.14"])
    return made


def gate(folder: Folder, entries: dict[str, Entry] | None, **wanted: str) -> Report:
    run = load_run(folder.run(next=["3.14"], gate={"breaks": "never", **wanted}))
    return conclude(run, Knowledge(), TODAY, entries)


def everything(folder: Folder) -> dict[str, Entry]:
    found = conclude(load_run(folder.path), Knowledge(), TODAY)
    return accept({}, found.causes.causes, FRESH)[0]


def test_without_a_baseline_no_deprecation_is_new(folder: Folder) -> None:
    assert gate(folder, None).gate.passed


def test_with_one_the_projects_own_new_deprecations_fail_and_a_dependencys_inform(folder: Folder) -> None:
    found = gate(folder, {}).gate
    [reason] = found.reasons
    assert reason.startswith("new deprecation: DeprecationWarning: old at shop/cart.py:5 (1 test; ")
    assert "forewarn accept --only c" in reason
    assert len(gate(folder, {}, **{"new-deprecations": "any"}).gate.reasons) == 2
    assert gate(folder, {}, **{"new-deprecations": "never"}).gate.passed


def test_what_is_accepted_passes_and_is_counted(folder: Folder) -> None:
    found = gate(folder, everything(folder), breaks="any", **{"new-deprecations": "any"}).gate
    assert (found.passed, found.reasons) == (True, ())
    assert "3 causes are accepted by the baseline" in found.notes
    assert any("1 × breaks on 3.14 not counted" in note for note in found.notes)


def test_a_test_with_one_cause_that_is_not_accepted_counts(folder: Folder) -> None:
    entries = {key: entry for key, entry in everything(folder).items() if not entry.cause.startswith("OSError")}
    assert gate(folder, entries, breaks="any").gate.reasons == ("1 test breaks on 3.14",)


def test_what_expires_fails_again(folder: Folder) -> None:
    entries = {key: dataclasses.replace(entry, expires="3.14") for key, entry in everything(folder).items()}
    found = gate(folder, entries, breaks="any").gate
    assert found.reasons[0] == "1 test breaks on 3.14"
    assert any("accepted until 3.14, which has come" in note for note in found.notes)


def test_stale_entries_are_noted_or_fail(folder: Folder) -> None:
    entries = everything(folder) | {"c0000000001": Entry(id="c0000000001", cause="gone")}
    assert any(
        "the baseline accepts what is gone: c0000000001 gone" in note for note in gate(folder, entries).gate.notes
    )
    assert not gate(folder, entries, stale="any").gate.passed


def test_will_break_counts_up_to_a_version(tmp_path: Path) -> None:
    folder = Folder(tmp_path / ".forewarn")
    folder.tests("3.12", {T: "passed"})
    row = case("tests.test_a", "test_x", failure("OSError: no", "shop/cart.py:3: OSError"), file="tests/test_a.py")
    for later in ("3.14", "3.16"):
        folder.cell("3.12", [row], profile=f"as-if-{later}", as_if=later, filters=[])

    def reasons(threshold: str) -> tuple[str, ...]:
        run = load_run(folder.run(next=["3.14"], gate={"will-break": threshold}))
        return conclude(run, Knowledge(), TODAY).gate.reasons

    assert reasons("never") == ()
    assert reasons("3.15") == ("1 test will break on 3.14",)
    assert reasons("any") == ("1 test will break on 3.14", "1 test will break on 3.16")


def test_the_command_writes_the_file_and_the_report_reads_it(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.run(next=["3.14"], gate={"breaks": "any"})
    assert main(["report", str(folder.path), "--format", "json"]) == 1
    assert main(["accept", str(folder.path), "--reason", "later", "--owner", "core"]) == 0
    said = capsys.readouterr().out
    assert "forewarn-baseline.yaml: 3 added, 0 kept, 0 pruned" in said
    assert main(["report", str(folder.path), "--format", "json"]) == 0
    assert main(["accept", str(folder.path)]) == 0
    assert "0 added, 3 kept, 0 pruned" in capsys.readouterr().out
    entries = read_baseline(folder.path.parent / "forewarn-baseline.yaml")
    assert {entry.reason for entry in entries.values()} == {"later"}
