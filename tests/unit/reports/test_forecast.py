"""What is said of versions that were not measured, and how sure it is."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from results_builder import Folder, case, failure, lines

from reports.arrange import build_view
from reports.conclude import conclude
from reports.errors import ForewarnError
from reports.knowledge import Knowledge
from reports.load import load_run
from reports.model import Cause, VersionVerdict
from reports.view import Report

ENVIRONMENT = "/home/dev/.nox/forewarn/environments/3.12/lib/python3.12/site-packages"
LIBRARY = "/home/dev/.nox/forewarn/as-if/3.12-3.14"
T = "tests/test_a.py::test_x"
U = "tests/test_a.py::test_y"

LOOP_WARNING = {
    "category": "DeprecationWarning",
    "message": "There is no current event loop",
    "stack": [
        ["/usr/lib/python3.12/asyncio/events.py", 697, "get_event_loop"],
        ["/home/dev/target/shop/cart.py", 12, "Cart.total"],
        ["/home/dev/target/tests/test_a.py", 4, "test_x"],
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "results")


def report(folder: Folder, **matrix: Any) -> Report:
    run = load_run(folder.run(**{"base": "3.12", "next": ["3.14"], **matrix}))
    return conclude(run, Knowledge(), datetime.date(2026, 11, 20))


def verdicts(found: Report, version: str = "3.14") -> dict[str, VersionVerdict]:
    return dict(next(one for one in found.comparisons if one.version == version).verdicts)


def words(found: Report, version: str = "3.14") -> dict[str, str]:
    return {test: one.verdict.value for test, one in verdicts(found, version).items()}


def cause(found: Report, title: str) -> Cause:
    [one] = [one for one in found.causes.causes if one.title.startswith(title)]
    return one


def as_if(folder: Folder, rows: Any, later: str = "3.14", **fields: Any) -> Path:
    return folder.cell("3.12", rows, profile=f"as-if-{later}", as_if=later, filters=[], **fields)


def red(name: str, error: str, file: str, line: int = 3, text: str = "") -> str:
    kind = error.partition(":")[0]
    trace = text or f"    x\nE   {error}\n\n{file}:{line}: {kind}"
    return case("tests.test_a", name, failure(error, trace), file="tests/test_a.py", line=1)


def test_without_a_run_as_if_and_without_warnings_nothing_is_known(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed", U: "failed"})
    assert words(report(folder)) == {T: "unknown", U: "unknown"}


def test_a_run_as_if_decides_where_nothing_was_measured(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed", U: "passed"})
    as_if(
        folder,
        [
            red("test_x", "RuntimeError: There is no current event loop", "shop/cart.py"),
            case("tests.test_a", "test_y", file="tests/test_a.py", line=1),
        ],
    )
    found = report(folder)
    assert verdicts(found)[T] == VersionVerdict(verdict="will-break", certainty="scheduled")  # type: ignore[arg-type]
    assert verdicts(found)[U] == VersionVerdict(verdict="ok", certainty="suspected")  # type: ignore[arg-type]
    one = cause(found, "RuntimeError")
    assert (one.will_break, one.breaking, one.deadline, one.certainty) == (1, 0, "3.14", "scheduled")
    assert (one.file, one.line) == ("shop/cart.py", 3)


def test_a_version_beyond_next_gets_its_own_verdicts(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed"})
    folder.tests("3.14", {T: "passed"})
    as_if(folder, [red("test_x", "RuntimeError: gone", "shop/cart.py")], later="3.16")
    found = report(folder)
    assert words(found) == {T: "ok"}
    assert words(found, "3.16") == {T: "will-break"}
    assert found.gate.complete


def test_what_was_measured_beats_the_forecast_and_judges_it(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed", U: "passed"})
    folder.tests("3.14", {T: "failed", U: "passed"})
    as_if(
        folder,
        [
            red("test_y", "RuntimeError: gone", "shop/cart.py"),
            case("tests.test_a", "test_x", file="tests/test_a.py", line=1),
        ],
    )
    found = report(folder)
    assert words(found) == {T: "breaks", U: "ok"}
    [quality] = found.quality
    assert (quality.predicted, quality.broken, quality.hit, quality.unknown) == (1, 1, 0, 0)
    assert not [one for one in found.causes.causes if one.title == "RuntimeError: gone"], "a false alarm is no cause"


def test_the_emulations_own_fault_is_unknown(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed"})
    error = "AttributeError: module 'os' has no attribute 'process_cpu_count'"
    as_if(folder, [red("test_x", error, f"{LIBRARY}/concurrent/futures/process.py")])
    assert words(report(folder)) == {T: "unknown"}


@pytest.mark.parametrize("file", ["<string>", "/usr/lib/python3.12/test/test_argparse.py"])
@pytest.mark.parametrize("noted", [True, False])
def test_a_failure_of_pythons_own_tests_is_unknown(folder: Folder, file: str, noted: bool) -> None:
    """The suite takes them over, as text or as they are; the later version has others."""
    folder.tests("3.12", {T: "passed", U: "passed"})
    text = f"    x\nE   AssertionError: usage\n\n{file}:3: AssertionError"
    rows = [
        red("test_x", "AssertionError: usage", file, text=text),
        red("test_y", "AssertionError: own", "tests/test_a.py"),
    ]
    cell = as_if(folder, rows)
    if noted:
        lines(cell / "lacking.jsonl", {"module": "test.test_argparse", "stack": [["tests/test_a.py", 1, "<module>"]]})
    assert words(report(folder)) == {T: "unknown" if noted else "will-break", U: "will-break"}


def test_a_module_of_another_system_is_no_test_of_python(folder: Folder) -> None:
    """`_winapi` is asked for by whoever works on Windows, too; an import goes through the import system."""
    folder.tests("3.12", {T: "passed"})
    outer = "/usr/lib/python3.12/importlib/__init__.py:90: in import_module\n    x"
    text = f"{outer}\ntests/test_a.py:3: in <module>\n    y\nE   ValueError: no"
    cell = as_if(folder, [red("test_x", "ValueError: no", "tests/test_a.py", text=text)])
    lines(cell / "lacking.jsonl", {"module": "_winapi", "stack": [["tests/test_a.py", 1, "<module>"]]})
    assert words(report(folder)) == {T: "will-break"}
    lines(cell / "lacking.jsonl", {"module": "test.support", "stack": [["tests/test_a.py", 1, "<module>"]]})
    assert words(report(folder)) == {T: "will-break"}


def test_what_the_later_library_misses_in_the_suites_own_objects_counts(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed"})
    error = "AttributeError: type object 'Module' has no attribute '_field_types'"
    as_if(folder, [red("test_x", error, f"{LIBRARY}/ast.py")])
    assert words(report(folder)) == {T: "will-break"}


def test_an_error_out_of_the_later_library_that_is_no_missing_name_counts(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed"})
    as_if(folder, [red("test_x", "ValueError: no", f"{LIBRARY}/argparse.py")])
    assert words(report(folder)) == {T: "will-break"}


@pytest.mark.parametrize(
    ("status", "text", "verdict"),
    [("truncated", "", "unknown"), ("crashed", "", "unknown"), ("complete", "x", "will-break")],
)
def test_a_result_that_is_only_the_end_of_the_process_is_unknown(
    folder: Folder, status: str, text: str, verdict: str
) -> None:
    folder.tests("3.12", {T: "passed"})
    row = case(
        "tests.test_a", "test_x", failure("was running when the process ended", text), file="tests/test_a.py", line=1
    )
    as_if(folder, [row], status=status)
    assert words(report(folder)) == {T: verdict}


def test_a_use_by_a_dependency_is_its_move(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed"})
    error = "ModuleNotFoundError: No module named 'cgi'"
    cell = as_if(folder, [red("test_x", error, "tests/test_a.py")])
    use = {"test": T, "what": "cgi", "error": error, "record": "module-cgi"}
    lines(cell / "uses.jsonl", use | {"stack": [[f"{ENVIRONMENT}/requests/api.py", 5, "<module>"]]})
    found = report(folder)
    assert words(found) == {T: "dependency-will-break"}
    one = cause(found, "ModuleNotFoundError")
    assert (one.kind, one.record, one.origin.distribution, one.origin.version) == (
        "use",
        "module-cgi",
        "requests",
        "2.32.0",
    )


NO_CGI = "ModuleNotFoundError: No module named 'cgi'"


@pytest.mark.parametrize(("version", "verdict"), [("pypy3.13", "unknown"), ("pypy3.14", "will-break")])
def test_what_ends_in_a_version_ends_in_other_implementations_of_it(folder: Folder, version: str, verdict: str) -> None:
    cell = folder.tests("3.12", {T: "passed"})
    lines(cell / "warnings.jsonl", LOOP_WARNING | {"test": T, "when": "runtest"})
    assert words(report(folder, next=[version]), version) == {T: verdict}


def test_a_use_in_a_process_that_the_test_starts_explains_its_failure(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed", U: "passed"})
    row = [red(name, "AssertionError: assert 1 == 0", "tests/test_a.py") for name in ("test_x", "test_y")]
    cell = as_if(folder, row)
    use = {"test": T, "child": True, "what": "cgi", "error": NO_CGI, "record": None}
    lines(cell / "uses.jsonl", use | {"stack": [[f"{ENVIRONMENT}/requests/api.py", 5, "<module>"]]})
    found = report(folder)
    assert words(found) == {T: "dependency-will-break", U: "will-break"}
    [one] = [cause for cause in found.causes.causes if cause.in_child]
    assert (one.tests, one.title, one.record) == ((T,), NO_CGI, "module-cgi")
    assert (one.kind, one.origin.distribution) == ("use", "requests")


@pytest.mark.parametrize(
    ("kind", "file", "verdict"),
    [
        ("AttributeError", f"{LIBRARY}/concurrent/futures/process.py", "unknown"),
        ("AttributeError", "/home/dev/target/tool.py", "will-break"),
        ("ValueError", f"{LIBRARY}/argparse.py", "will-break"),
    ],
)
def test_a_process_that_ends_by_the_emulations_own_fault_leaves_its_test_unknown(
    folder: Folder, kind: str, file: str, verdict: str
) -> None:
    folder.tests("3.12", {T: "passed", U: "passed"})
    cell = as_if(
        folder, [red(name, "AssertionError: assert 1 == 0", "tests/test_a.py") for name in ("test_x", "test_y")]
    )
    message = "module 'os' has no attribute 'process_cpu_count'"
    lines(cell / "crashes.jsonl", {"test": T, "type": kind, "message": message, "file": file})
    assert words(report(folder)) == {T: verdict, U: "will-break"}


def test_of_uses_that_raise_the_same_the_one_in_the_traceback_is_the_failures(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed", U: "passed"})
    text = f"    import cgi\nE   {NO_CGI}\n\ntests/test_a.py:5: ModuleNotFoundError"
    cell = as_if(folder, [red("test_x", NO_CGI, "tests/test_a.py", text=text)])
    use = {"test": U, "what": "cgi", "error": NO_CGI, "record": None}
    lines(
        cell / "uses.jsonl",
        use | {"stack": [[f"{ENVIRONMENT}/requests/api.py", 5, "<module>"]]},
        use | {"test": T, "stack": [["/home/dev/target/tests/test_a.py", 5, "test_x"]]},
    )
    assert words(report(folder))[T] == "will-break"


def test_what_a_run_as_if_a_far_version_shows_ends_when_the_record_says(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed"})
    error = "ModuleNotFoundError: No module named 'cgi'"
    cell = as_if(folder, [red("test_x", error, "tests/test_a.py")], "3.15")
    use = {"test": T, "what": "cgi", "error": error, "record": "module-cgi"}
    lines(cell / "uses.jsonl", use | {"stack": [["/home/dev/target/tests/test_a.py", 5, "test_x"]]})
    found = report(folder, forecast=["3.15"])
    assert words(found, "3.15") == {T: "will-break"}
    assert cause(found, "ModuleNotFoundError").deadline == "3.13"


def test_a_warning_with_a_date_is_a_forecast_of_its_own(folder: Folder) -> None:
    cell = folder.tests("3.12", {T: "passed", U: "passed"})
    lines(cell / "warnings.jsonl", LOOP_WARNING | {"test": T, "when": "runtest"})
    found = report(folder)
    assert words(found) == {T: "will-break", U: "unknown"}
    one = cause(found, "DeprecationWarning: There is no current event loop")
    assert (one.kind, one.deadline, one.certainty, one.tests) == ("warning", "3.14", "scheduled", (T,))
    assert (one.file, one.line, one.function) == ("shop/cart.py", 12, "Cart.total")
    assert [frame.file for frame in one.stack] == ["tests/test_a.py", "shop/cart.py"]


def test_code_without_a_file_is_of_whoever_has_it_executed(folder: Folder) -> None:
    """gettext compiles a catalogue's rule for plurals, which warns."""
    cell = folder.tests("3.12", {T: "passed"})
    library = "/usr/lib/python3.12/gettext.py"
    stack = [[library, 174, "_as_int"], ["<string>", 4, "func"], [library, 432, "ngettext"], *LOOP_WARNING["stack"]]
    lines(cell / "warnings.jsonl", LOOP_WARNING | {"test": T, "when": "runtest", "stack": stack})
    one = cause(report(folder), "DeprecationWarning")
    assert (one.file, one.origin.kind.value) == ("shop/cart.py", "project")


def test_a_warning_that_does_no_harm_as_if_is_only_deprecated(folder: Folder) -> None:
    cell = folder.tests("3.12", {T: "passed"})
    lines(cell / "warnings.jsonl", LOOP_WARNING | {"test": T, "when": "runtest"})
    as_if(folder, [case("tests.test_a", "test_x", file="tests/test_a.py", line=1)])
    assert words(report(folder)) == {T: "deprecated"}


@pytest.mark.parametrize(("outcome", "verdict"), [("passed", "unknown"), ("failed", "will-break")])
def test_an_end_that_a_test_has_outlived_is_no_forecast(folder: Folder, outcome: str, verdict: str) -> None:
    cell = folder.tests("3.12", {T: "passed"})
    lines(cell / "warnings.jsonl", LOOP_WARNING | {"test": T, "when": "runtest"})
    folder.tests("3.14", {T: outcome})
    found = report(folder, next=["3.14", "3.15"])
    assert words(found, "3.15") == {T: verdict}
    assert [one.kind for one in found.causes.causes] == ([] if outcome == "passed" else ["failure", "warning"])


def test_another_implementation_outlives_nothing(folder: Folder) -> None:
    cell = folder.tests("3.12", {T: "passed"})
    lines(cell / "warnings.jsonl", LOOP_WARNING | {"test": T, "when": "runtest"})
    folder.tests("pypy3.11", {T: "passed"})
    assert words(report(folder, next=["pypy3.11", "3.15"]), "3.15") == {T: "will-break"}


def test_a_forecast_is_judged_without_what_was_measured(folder: Folder) -> None:
    cell = folder.tests("3.12", {T: "passed", U: "passed"})
    lines(cell / "warnings.jsonl", LOOP_WARNING | {"test": T, "when": "runtest"})
    folder.tests("3.14", {T: "passed", U: "failed"})
    as_if(folder, [case("tests.test_a", "test_y", file="tests/test_a.py", line=1)])
    [quality] = report(folder, forecast=["3.14"]).quality
    assert (quality.predicted, quality.broken, quality.hit) == (1, 1, 0)


def test_what_ended_in_an_earlier_version_has_not_come_back(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed", U: "passed"})
    rows = [
        red("test_x", "RuntimeError: gone", "shop/cart.py"),
        case("tests.test_a", "test_y", file="tests/test_a.py", line=1),
    ]
    as_if(folder, rows)
    found = report(folder, next=["3.15"], forecast=["3.14"])
    assert words(found, "3.14") == {T: "will-break", U: "ok"}
    assert words(found, "3.15") == {T: "will-break", U: "unknown"}
    one = cause(found, "RuntimeError: gone")
    assert (one.deadline, one.will_break, found.causes.by_verdict["3.15", T]) == ("3.14", 1, (one.id,))


def test_what_ended_in_cpython_says_nothing_of_another_implementation(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed"})
    as_if(folder, [red("test_x", "RuntimeError: gone", "shop/cart.py")])
    assert words(report(folder, next=["pypy3.11"], forecast=["3.14"]), "pypy3.11") == {T: "unknown"}


def test_a_false_alarm_is_not_handed_on_to_later_versions(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed"})
    folder.tests("3.14", {T: "passed"})
    as_if(folder, [red("test_x", "RuntimeError: gone", "shop/cart.py")])
    found = report(folder, next=["3.14", "3.15"], forecast=["3.14"])
    assert words(found, "3.15") == {T: "unknown"}
    assert not found.causes.causes


def test_what_a_later_version_does_not_take_an_earlier_one_has(folder: Folder) -> None:
    cell = folder.tests("3.12", {T: "passed", U: "passed"})
    lines(cell / "warnings.jsonl", LOOP_WARNING | {"test": U, "when": "runtest"})
    rows = [
        red("test_x", "RuntimeError: gone", "shop/cart.py"),
        case("tests.test_a", "test_y", file="tests/test_a.py", line=1),
    ]
    as_if(folder, rows, later="3.16")
    found = report(folder, next=["3.15"], forecast=["3.16"])
    assert words(found, "3.16") == {T: "will-break", U: "deprecated"}
    assert words(found, "3.15") == {T: "unknown", U: "unknown"}, "no end by then does harm; more is not known"


def test_a_warning_that_a_test_asks_for_is_not_held_against_it(folder: Folder) -> None:
    cell = folder.tests("3.12", {T: "passed"})
    lines(cell / "warnings.jsonl", LOOP_WARNING | {"test": T, "when": "runtest", "captured": True})
    assert words(report(folder)) == {T: "unknown"}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"late": True}, "earlier test"),
        ({"when": "child"}, "In a process"),
        ({"stack": [["/home/dev/target/shop/cart.py", 12, "Cart.__del__"]]}, "finaliser"),
    ],
)
def test_what_need_not_harm_its_test_is_no_forecast_of_a_break(
    folder: Folder, change: dict[str, object], word: str
) -> None:
    cell = folder.tests("3.12", {T: "passed", U: "passed"})
    lines(cell / "warnings.jsonl", LOOP_WARNING | {"test": T, "when": "runtest"} | change)
    found = report(folder)
    assert words(found) == {T: "unknown", U: "unknown"}
    one = cause(found, "DeprecationWarning: There is no current event loop")
    assert (one.deadline, one.certainty) == ("3.14", "suspected")
    assert word in one.doubt
    [shown] = [one.due for group in build_view(found, datetime.date(2026, 11, 20)).causes for one in group.causes]
    aside = one.doubt[0].lower() + one.doubt[1:].rstrip(".")
    assert shown == f"ends in Python 3.14, released in October 2025 (suspected) ({aside})"


def test_a_record_may_stand_for_an_earlier_one(folder: Folder) -> None:
    cell = folder.tests("3.12", {T: "passed", U: "passed"})
    first = LOOP_WARNING | {"test": T, "when": "runtest", "id": "7-1"}
    lines(cell / "warnings.jsonl", first, {"test": U, "like": "7-1"}, {"test": U, "like": "7-2"}, {"like": []})
    assert words(report(folder)) == {T: "will-break", U: "will-break"}


def test_what_warns_at_import_concerns_every_test_of_the_module(folder: Folder) -> None:
    cell = folder.tests("3.12", {T: "passed", U: "passed", "tests/test_b.py::test_z": "passed"})
    lines(cell / "warnings.jsonl", LOOP_WARNING | {"test": "tests/test_a.py", "when": "collect"})
    found = report(folder)
    assert words(found) == {T: "will-break", U: "will-break", "tests/test_b.py::test_z": "unknown"}


def test_a_librarys_own_category_without_a_date(folder: Folder) -> None:
    cell = folder.tests("3.12", {T: "passed"})
    warning = {
        "category": "requests.exceptions.RequestsDeprecationWarning",
        "message": "old_call is deprecated and will go away in a future version",
        "stack": [[f"{ENVIRONMENT}/requests/api.py", 9, "old_call"], ["/home/dev/target/shop/cart.py", 3, "f"]],
        "test": T,
        "when": "runtest",
    }
    lines(cell / "warnings.jsonl", warning)
    as_if(folder, [case("tests.test_a", "test_x", file="tests/test_a.py", line=1)])
    found = report(folder)
    assert words(found) == {T: "deprecated"}
    one = cause(found, "RequestsDeprecationWarning")
    assert (one.deadline, one.certainty, one.origin.distribution) == (None, "undated", "requests")


def test_a_package_that_warns_as_it_is_imported_means_its_importer(folder: Folder) -> None:
    installed: dict[str, Any] = {"distributions": {"setuptools": "75.3.0"}, "modules": {"pkg_resources": "setuptools"}}
    cell = folder.tests("3.12", {T: "passed"}, **installed)
    warning = {
        "category": "UserWarning",
        "message": "pkg_resources is deprecated as an API. See https://setuptools.pypa.io/en/latest/pkg_resources.html",
        "stack": [
            [f"{ENVIRONMENT}/pkg_resources/__init__.py", 3117, "<module>"],
            ["<frozen importlib._bootstrap>", 488, "_call_with_frames_removed"],
            ["/home/dev/target/shop/__init__.py", 1, "<module>"],
        ],
    }
    lines(cell / "warnings.jsonl", warning | {"test": T, "when": "collect"})
    found = cause(report(folder), "UserWarning")
    assert (found.record, found.origin.kind, found.file) == ("setuptools-pkg-resources", "project", "shop/__init__.py")


def test_resources_and_other_categories_are_no_deprecations(folder: Folder) -> None:
    cell = folder.tests("3.12", {T: "passed"})
    stack = [["/home/dev/target/shop/cart.py", 3, "f"]]
    lines(
        cell / "warnings.jsonl",
        {"category": "UserWarning", "message": "mind the gap", "stack": stack, "test": T, "when": "runtest"},
        {
            "category": "ResourceWarning",
            "message": "unclosed event loop <L>",
            "stack": stack,
            "test": T,
            "when": "runtest",
        },
    )
    as_if(folder, [case("tests.test_a", "test_x", file="tests/test_a.py", line=1)])
    assert words(report(folder)) == {T: "ok"}


def test_the_recorded_warning_and_the_strict_failure_are_one_cause(folder: Folder) -> None:
    cell = folder.tests("3.12", {T: "passed"})
    lines(cell / "warnings.jsonl", LOOP_WARNING | {"test": T, "when": "runtest"})
    error = "DeprecationWarning: There is no current event loop"
    text = (
        "    def test_x():\n>       total()\n\ntests/test_a.py:4: \n_ _\n\n    def total():\n>       get_event_loop()\n"
        f"E   {error}\n\nshop/cart.py:12: DeprecationWarning"
    )
    row = case("tests.test_a", "test_x", failure(error, text), file="tests/test_a.py", line=1)
    strict = folder.cell("3.12", [row], profile="strict")
    place = {"file": "shop/cart.py", "line": 12, "function": "Cart.total"}
    lines(strict / "functions.jsonl", place)
    one = cause(report(folder), "DeprecationWarning")
    assert (one.deadline, one.profiles, one.tests) == ("3.14", ("strict",), (T,))


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]\n", b'{"stack": 3}\n', b'{"stack": [["a"]]}\n', b"\xff\xfe\n", b"[" * 5000]
)
def test_broken_records_are_left_out(folder: Folder, line: bytes) -> None:
    cell = folder.tests("3.12", {T: "passed"})
    (cell / "warnings.jsonl").write_bytes(line)
    (as_if(folder, [case("tests.test_a", "test_x", file="tests/test_a.py", line=1)]) / "uses.jsonl").write_bytes(line)
    assert words(report(folder)) == {T: "ok"}


def test_the_projects_own_records_date_its_own_warnings(folder: Folder) -> None:
    cell = folder.tests("3.12", {T: "passed"})
    stack = [["/home/dev/target/shop/cart.py", 3, "f"]]
    warning = {"category": "DeprecationWarning", "message": "old_total is going away", "stack": stack}
    lines(cell / "warnings.jsonl", warning | {"test": T, "when": "runtest"})
    record = {
        "id": "shop-old-total",
        "package": "cpython",
        "subject": "shop.old_total",
        "kind": "function",
        "category": "DeprecationWarning",
        "message_pattern": "^old_total is going away",
        "deprecated_in": "3.12",
        "removal_scheduled_for": "3.14",
        "after_removal": "AttributeError: gone",
        "replacement": "Use shop.total.",
    }
    found = report(folder, knowledge=[record])
    assert words(found) == {T: "will-break"}
    one = cause(found, "DeprecationWarning")
    assert (one.record, one.deadline, one.replacement) == ("shop-old-total", "3.14", "Use shop.total.")


def test_a_record_that_cannot_be_used_is_one_clear_error(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed"})
    with pytest.raises(ForewarnError, match=r"knowledge in matrix.yaml\[0\]\.id"):
        report(folder, knowledge=[{"id": "Not An Id"}])


def test_what_warns_at_import_concerns_all_that_need_the_module_though_it_warned_once(folder: Folder) -> None:
    cell = folder.tests("3.12", {T: "passed", "tests/test_b.py::test_z": "passed", "tests/test_c.py::test_q": "passed"})
    root = "/home/dev/target"
    stack = [[f"{root}/shop/old.py", 1, "<module>"], [f"{root}/tests/test_a.py", 1, "<module>"]]
    lines(cell / "warnings.jsonl", LOOP_WARNING | {"stack": stack, "test": "tests/test_a.py", "when": "collect"})
    lines(
        cell / "modules.jsonl",
        {"module": "shop.old", "file": f"{root}/shop/old.py", "needs": ["shop"]},
        {"module": "shop.cart", "file": f"{root}/shop/cart.py", "needs": ["shop.old"]},
        {"module": "test_a", "file": f"{root}/tests/test_a.py", "needs": ["shop.old"]},
        {"module": "test_b", "file": f"{root}/tests/test_b.py", "needs": ["shop.cart", 3]},
        {"module": "test_c", "file": f"{root}/tests/test_c.py", "needs": []},
    )
    assert words(report(folder)) == {
        T: "will-break",
        "tests/test_b.py::test_z": "will-break",
        "tests/test_c.py::test_q": "unknown",
    }


def test_a_backport_that_warns_in_the_words_of_python_has_no_end_in_python(folder: Folder) -> None:
    said = {
        **LOOP_WARNING,
        "test": T,
        "when": "runtest",
        "stack": [[f"{ENVIRONMENT}/backport/__init__.py", 7, "get"], *LOOP_WARNING["stack"][1:]],
        "source": 'warnings.warn("There is no current event loop", DeprecationWarning)',
    }
    lines(folder.tests("3.12", {T: "passed"}) / "warnings.jsonl", said)
    as_if(folder, [case("tests.test_a", "test_x", file="tests/test_a.py", line=1)])
    [found] = report(folder).causes.causes
    assert (found.record, found.deadline) == (None, None)


def test_what_only_a_run_as_if_warns_of_is_not_said_of_the_base(folder: Folder) -> None:
    folder.tests("3.12", {T: "passed"})
    cell = as_if(folder, [case("tests.test_a", "test_x", file="tests/test_a.py", line=1)])
    lines(cell / "warnings.jsonl", {**LOOP_WARNING, "test": T, "when": "runtest"})
    found = report(folder)
    assert found.causes.causes == ()
    assert words(found) == {T: "ok"}
