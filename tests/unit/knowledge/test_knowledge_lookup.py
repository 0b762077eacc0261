"""Which record a text is attributed to, with the texts that real interpreters gave for the probes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports.knowledge import Knowledge
from reports.knowledge_model import Certainty, Deadline, Fit

KNOWLEDGE = Knowledge()
#: id → (kind, class, text, versions): what `nox -s knowledge` saw on 3.8 to 3.15.
SEEN: dict[str, list[tuple[str, str, str, list[str]]]] = json.loads(
    Path(__file__).with_name("seen_texts.json").read_text(encoding="utf-8")
)
ROWS = [
    (identifier, kind, name, text, version)
    for identifier, rows in SEEN.items()
    for kind, name, text, versions in rows
    for version in versions
]


@pytest.mark.parametrize("version", [f"3.{minor}" for minor in range(8, 16)])
def test_every_text_seen_leads_to_its_record(version: str) -> None:
    for identifier, kind, name, text, seen_on in ROWS:
        if seen_on != version:
            continue
        record = KNOWLEDGE.get(identifier)
        assert record is not None
        find = KNOWLEDGE.find_by_warning if kind == "warning" else KNOWLEDGE.find_by_error
        match = find(name, text, version)
        assert match is not None, (identifier, text)
        if record.error_pattern_generic and kind == "error":
            assert not match.convicts
        else:
            assert (match.family, match.fit, match.convicts) == (record.family, Fit.MEASURED, True), identifier
        assert identifier in [one.id for one in match.records]


def test_texts_hit_one_family_only() -> None:
    shared = set()
    for identifier, kind, name, text, version in ROWS:
        find = KNOWLEDGE.find_by_warning if kind == "warning" else KNOWLEDGE.find_by_error
        match = find(name, text, version)
        if match and match.convicts and [one for one in match.others if one.of_python]:
            shared.add(identifier)
    assert shared == set()


@pytest.mark.parametrize(
    ("category", "message", "python", "expected"),
    [
        ("DeprecationWarning", "There is no current event loop", "3.12.1", "asyncio-no-current-loop"),
        ("DeprecationWarning", "There is no current event loop", "3.10.4", "asyncio-no-current-loop"),
        (
            "DeprecationWarning",
            "'__version__' is deprecated and slated for removal in Python 3.20",
            "3.15",
            "stdlib-version-attributes",
        ),
        ("ImportWarning", "__package__ != __spec__.parent ('a' != 'b')", "3.9", "importlib-package-mismatch"),
        (
            "PendingDeprecationWarning",
            "lib2to3 package is deprecated and may not be able to parse Python 3.10+",
            "3.10",
            "module-lib2to3",
        ),
        (
            "pytest.PytestRemovedIn9Warning",
            "Marks applied to fixtures have no effect\nSee docs",
            None,
            "pytest-mark-on-fixture",
        ),
        (
            "UserWarning",
            "pkg_resources is deprecated as an API. See https://setuptools.pypa.io",
            "3.12",
            "setuptools-pkg-resources",
        ),
        ("DeprecationWarning", "pkg_resources is deprecated as an API", "3.12", "setuptools-pkg-resources"),
        (
            None,
            "the imp module is deprecated in favour of importlib and slated for removal in Python 3.12",
            None,
            "module-imp",
        ),
        # the same words in a class that Python does not use for them are somebody else's
        ("UserWarning", "There is no current event loop", "3.12", None),
        ("DeprecationWarning", "there is no current event loop", "3.12", None),
        ("DeprecationWarning", "a library: There is no current event loop", "3.12", None),
        ("DeprecationWarning", "", "3.12", None),
    ],
)
def test_warnings(category: str | None, message: str, python: str | None, expected: str | None) -> None:
    match = KNOWLEDGE.find_by_warning(category, message, python)
    assert (match.family if match else None) == expected


@pytest.mark.parametrize(
    ("python", "fit", "convicts"),
    [
        ("3.12.1", Fit.MEASURED, True),
        ("pypy3.13", Fit.MEASURED, True),
        (None, Fit.DOCUMENTED, True),
        # measured silent on 3.10.13, though 3.10.4 did warn: the text is right, the version cannot prove it
        ("3.10", Fit.CONTRADICTED, False),
        ("3.14", Fit.CONTRADICTED, False),
        ("3.16", Fit.CONTRADICTED, False),
    ],
)
def test_the_version_decides_how_well_a_record_fits(python: str | None, fit: Fit, convicts: bool) -> None:
    match = KNOWLEDGE.find_by_warning("DeprecationWarning", "There is no current event loop", python)
    assert match is not None
    assert (match.fit, match.convicts) == (fit, convicts)
    assert match.deadline == Deadline(version="3.14", certainty=Certainty.MEASURED)


NO_LOOP = "There is no current event loop in thread 'MainThread'."
NO_INT = "'float' object cannot be interpreted as an integer"


@pytest.mark.parametrize(
    ("kind", "message", "python", "expected", "convicts"),
    [
        ("ModuleNotFoundError", "No module named 'imp'", "3.12", "module-imp", True),
        (None, "ModuleNotFoundError: No module named 'distutils.util'", "3.13", "module-distutils", True),
        ("ModuleNotFoundError", "No module named 'imp'", "3.11", "module-imp", False),
        ("ModuleNotFoundError", "No module named 'important'", "3.12", "importlib-import-hook-find-module-only", False),
        ("builtins.RuntimeError", NO_LOOP, "3.14", "asyncio-no-current-loop", True),
        # after asyncio.run and in a worker thread it fails on every version
        ("RuntimeError", NO_LOOP, "3.9", "asyncio-no-current-loop", True),
        (
            "RuntimeError",
            "There is no current event loop in thread 'Thread-1'.",
            "3.8",
            "asyncio-no-current-loop",
            True,
        ),
        ("AttributeError", "module 'asyncio' has no attribute 'coroutine'", "3.11", "asyncio-coroutine", True),
        (
            "AttributeError",
            "partially initialized module 'asyncio' has no attribute 'coroutine'",
            "3.11",
            "asyncio-coroutine",
            True,
        ),
        # scheduled, never measured
        (
            "AttributeError",
            "module 'asyncio' has no attribute 'iscoroutinefunction'",
            "3.16",
            "asyncio-iscoroutinefunction",
            True,
        ),
        (
            "AttributeError",
            "module 'asyncio' has no attribute 'iscoroutinefunction'",
            "3.15",
            "asyncio-iscoroutinefunction",
            False,
        ),
        # too common to convict
        ("TypeError", NO_INT, "3.12", "int-conversion", False),
        ("KeyError", "'name'", "3.15", "importlib-metadata-implicit-none", False),
        ("AssertionError", "module 'asyncio' has no attribute 'coroutine'", "3.11", None, False),
        ("Failed", "fixture 'event_loop' not found", "3.12", "event-loop-fixture", True),
    ],
)
def test_errors(kind: str | None, message: str, python: str, expected: str | None, convicts: bool) -> None:
    match = KNOWLEDGE.find_by_error(kind, message, python)
    assert (match.family if match else None, bool(match and match.convicts)) == (expected, convicts)


def test_the_line_of_the_call_narrows_a_family() -> None:
    match = KNOWLEDGE.find_by_warning("DeprecationWarning", "There is no current event loop", "3.12")
    assert match is not None
    assert not match.exact
    narrowed = match.narrow("    f = asyncio.wrap_future(pending)")
    assert [record.id for record in narrowed.records] == ["asyncio-wrap-future-no-loop"]
    assert match.narrow("run(everything)") is match
    version = KNOWLEDGE.find_by_warning(
        "DeprecationWarning", "'__version__' is deprecated and slated for removal in Python 3.20", "3.15"
    )
    assert version is not None
    assert [record.id for record in version.narrow("print(argparse.__version__)").records] == ["argparse-version"]


def test_what_always_fails_and_other_packages_set_no_deadline() -> None:
    match = KNOWLEDGE.find_by_error("RuntimeError", NO_LOOP, "3.14")
    assert match is not None
    assert {"asyncio-get-event-loop-after-run", "pytest-asyncio-no-leftover-loop"} <= {one.id for one in match.records}
    assert match.deadline == Deadline(version="3.14", certainty=Certainty.MEASURED)
    always = KNOWLEDGE.find_by_error("RuntimeError", NO_LOOP, "3.9")
    assert always is not None
    assert [one.always_broken for one in always.records if one.of_python] == [True, True]


def test_a_look_up_reads_no_more_than_a_message_can_be() -> None:
    text = "There is no current event loop" + " " * 1_000_000
    assert KNOWLEDGE.find_by_warning("DeprecationWarning", text) is None
    far = KNOWLEDGE.find_by_error("ImportError", "x" * 1_000_000 + "undefined symbol: PyX")
    near = KNOWLEDGE.find_by_error("ImportError", "x" * 100 + "undefined symbol: PyX")
    assert (far and far.family, near and near.family) == ("pytest-importorskip-importerror", "c-undefined-symbol")


def test_unknown_ids() -> None:
    assert KNOWLEDGE.get("module-nothing") is None
    assert KNOWLEDGE.family("nothing") == ()
    assert len(KNOWLEDGE.ids) == 592
    assert len(KNOWLEDGE.family("asyncio-no-current-loop")) == 14
