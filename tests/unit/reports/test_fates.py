"""A few thousand made-up tests, each with a fate; every fate gets its verdict and no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from results_builder import Folder, case, failure

from reports.causes import find_causes
from reports.diff import compare
from reports.load import load_run

# fate: outcomes in base plain, base strict, next plain, next strict (the first three letters) and the verdict.
FATES = {
    "ok": ("p p p p", "ok"),
    "breaks": ("p p f f", "breaks"),
    "breaks in setup": ("p p e e", "breaks"),
    "warns": ("p p p w", "strict-only"),
    "warns already": ("p w p w", "strict-only"),
    "broken": ("f f f f", "always-failing"),
    "fixed": ("f f p p", "fixed"),
    "skip": ("s s s s", "never-ran"),
    "hidden by a skip": ("p p s s", "hidden"),
    "xfail": ("x x x x", "ok"),
    "gone": ("p p - -", "gone"),
    "new": ("- - p p", "new"),
    "new and red": ("- - f f", "new-failure"),
    "rerun": ("p p r r", "ok"),
}
CELLS = (("3.12", "plain"), ("3.12", "strict"), ("3.13", "plain"), ("3.13", "strict"))
INNER = {
    "p": "",
    "f": failure("RuntimeError: no loop", "shop/a.py:1: RuntimeError"),
    "e": failure('failed on setup with "OSError: no"', "shop/b.py:1: OSError", tag="error"),
    "w": failure("DeprecationWarning: old", "shop/c.py:1: DeprecationWarning"),
    "s": '<skipped type="pytest.skip" message="no"/>',
    "x": '<skipped type="pytest.xfail" message="no"/>',
}


def fate_of(number: int) -> str:
    """Every seventh test has a fate other than ok; which one is a fixed shuffle."""
    return tuple(FATES)[1 + (number * 31) % (len(FATES) - 1)] if number % 7 == 0 else "ok"


def rows(column: int, tests: int) -> Iterator[str]:
    for number in range(tests):
        sign = FATES[fate_of(number)][0].split()[column]
        name = f"test_{number}[<p>|{number}]"
        if sign == "r":
            yield case("tests.test_a", name, INNER["f"])
            yield case("tests.test_a", name)
        elif sign != "-":
            yield case("tests.test_a", name, INNER[sign])


def test_every_fate_has_its_verdict(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    for column, (python, profile) in enumerate(CELLS):
        folder.cell(python, list(rows(column, 2_000)), profile=profile)
    run = load_run(folder.run())
    (comparison,) = compare(run)
    assert len(run.tests) == 2_000
    for number in range(2_000):
        fate = fate_of(number)
        found = comparison.verdicts[f"tests.test_a::test_{number}[<p>|{number}]"]
        assert (fate, found.verdict) == (fate, FATES[fate][1])
    titles = [cause.title for cause in find_causes(run, (comparison,)).causes]
    assert sorted(titles) == ["DeprecationWarning: old", "OSError: no", "RuntimeError: no loop"]
