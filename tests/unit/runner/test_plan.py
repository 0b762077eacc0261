"""From a matrix to its cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runner import model
from runner.plan import groups, plan, session_name

Make = Callable[..., model.Matrix]
AXES = (
    ("asyncio", (("old", ("a==1",)), ("new", ("a==2",)))),
    ("db", (("pg", ("p",)), ("my", ("m",)))),
)


def ids(matrix: model.Matrix) -> list[str]:
    return [cell.id for cell in plan(matrix)]


def test_the_base_comes_first_whatever_its_version(matrix: Make) -> None:
    older = model.Python(major=3, minor=9)
    base = model.Python(major=3, minor=12)
    made = matrix(pythons=(older, base), base=base, next=())
    assert ids(made) == ["3.12-plain", "3.12-strict", "3.9-plain", "3.9-strict"]


def test_variants_are_the_product_of_their_axes(matrix: Make) -> None:
    made = matrix(variants=AXES, pythons=(model.Python(major=3, minor=12),))
    assert ids(made)[:2] == ["3.12-plain-asyncio=old,db=pg", "3.12-strict-asyncio=old,db=pg"]
    assert len(ids(made)) == 8
    assert plan(made)[-1].variant.requirements == ("a==2", "m")


@pytest.mark.parametrize(
    ("exclude", "gone"),
    [
        pytest.param(
            {"python": "3.13"},
            {"3.13-plain-asyncio=old", "3.13-strict-asyncio=old", "3.13-plain-asyncio=new", "3.13-strict-asyncio=new"},
            id="a version",
        ),
        pytest.param(
            {"python": "3.13", "asyncio": "old"},
            {"3.13-plain-asyncio=old", "3.13-strict-asyncio=old"},
            id="a version in a variant",
        ),
        pytest.param(
            {"profile": "strict", "python": "3.12", "asyncio": "new"}, {"3.12-strict-asyncio=new"}, id="a cell"
        ),
        pytest.param({"asyncio": "none"}, set(), id="matches nothing"),
    ],
)
def test_exclude_takes_out_what_matches_all_its_words(matrix: Make, exclude: dict[str, str], gone: set[str]) -> None:
    whole = matrix(variants=AXES[:1])
    left = matrix(variants=AXES[:1], exclude=(tuple(exclude.items()),))
    assert set(ids(whole)) - set(ids(left)) == gone


def test_include_puts_back_once(matrix: Make) -> None:
    made = matrix(exclude=((("python", "3.13"),),), include=((("python", "3.13"), ("profile", "plain")),) * 2)
    assert ids(made) == ["3.12-plain", "3.12-strict", "3.13-plain"]


def test_cells_that_share_an_environment_are_one_group(matrix: Make) -> None:
    made = groups(plan(matrix(variants=AXES[:1])))
    assert [[cell.profile.name for cell in group] for group in made] == [["plain", "strict"]] * 4
    assert [session_name(group[0]) for group in made] == [
        "compat-3.12-asyncio=old",
        "compat-3.12-asyncio=new",
        "compat-3.13-asyncio=old",
        "compat-3.13-asyncio=new",
    ]


def test_include_wins_over_exclude_and_comes_last(matrix: Make) -> None:
    made = matrix(exclude=((("python", "3.12"),),), include=((("python", "3.12"), ("profile", "strict")),))
    assert ids(made) == ["3.13-plain", "3.13-strict", "3.12-strict"]
    assert [len(group) for group in groups(plan(made))] == [2, 1]


@pytest.mark.parametrize(
    ("include", "added"),
    [
        pytest.param({"asyncio": "old"}, ["3.13-plain-asyncio=old", "3.13-strict-asyncio=old"], id="a value"),
        pytest.param({"python": "3.13", "profile": "plain", "asyncio": "new"}, ["3.13-plain-asyncio=new"], id="a cell"),
        pytest.param({"asyncio": "none"}, [], id="matches nothing"),
    ],
)
def test_what_an_include_does_not_name_is_taken_in_every_value(
    matrix: Make, include: dict[str, str], added: list[str]
) -> None:
    fields = {"variants": AXES[:1], "exclude": ((("python", "3.13"),),)}
    assert ids(matrix(**fields, include=(tuple(include.items()),)))[4:] == added


@pytest.mark.parametrize(
    ("python", "choices", "cell_id", "session"),
    [
        pytest.param({}, (), "3.12-plain", "compat-3.12", id="plain"),
        pytest.param({"free_threaded": True}, (), "3.12t-plain", "compat-3.12t", id="free-threaded"),
        pytest.param({"implementation": "pypy"}, (), "pypy3.12-plain", "compat-pypy3.12", id="pypy"),
        pytest.param({}, (("a", "1"), ("b", "2")), "3.12-plain-a=1,b=2", "compat-3.12-a=1,b=2", id="variants"),
    ],
)
def test_names(python: dict[str, Any], choices: tuple[tuple[str, str], ...], cell_id: str, session: str) -> None:
    cell = model.Cell(
        python=model.Python(major=3, minor=12, **python),
        profile=model.Profile(name="plain"),
        variant=model.Variant(choices=choices),
    )
    assert (cell.id, session_name(cell)) == (cell_id, session)


def test_optional_cells_know_it(matrix: Make) -> None:
    later = model.Python(major=3, minor=13)
    assert [cell.optional for cell in plan(matrix(optional=frozenset({later})))] == [False, False, True, True]


def test_forecasts_run_on_the_base_behind_its_other_profiles_and_in_every_variant(matrix: Make) -> None:
    later = (model.Python(major=3, minor=14), model.Python(major=3, minor=16))
    made = matrix(forecast=later, pythons=(model.Python(major=3, minor=11), model.Python(major=3, minor=12)))
    assert ids(made) == [
        *("3.12-plain", "3.12-strict", "3.12-as-if-3.14", "3.12-as-if-3.16"),
        *("3.11-plain", "3.11-strict"),
    ]
    several = ids(matrix(forecast=later[:1], variants=AXES[:1]))
    assert [name for name in several if "as-if" in name] == [
        "3.12-as-if-3.14-asyncio=old",
        "3.12-as-if-3.14-asyncio=new",
    ]
