from __future__ import annotations

import pytest

from reports.model import Cell, Origin, OriginKind
from reports.origin import Places

CELL = Cell(
    id="3.12-plain",
    python="3.12",
    profile="plain",
    cwd="/home/dev/shop",
    distributions=(("requests", "2.32.0"), ("PyYAML", "6.0"), ("python-dateutil", "2.9"), ("shop", "1.0")),
    modules=(("attr", "attrs"), ("_shop_speedups", "Shop")),
)
PROJECT, TESTS, LIBRARY = OriginKind.PROJECT, OriginKind.TESTS, OriginKind.STANDARD_LIBRARY
DEPENDENCY, UNKNOWN = OriginKind.DEPENDENCY, OriginKind.UNKNOWN


@pytest.mark.parametrize(
    ("file", "path", "kind"),
    [
        ("shop/cart.py", "shop/cart.py", PROJECT),
        ("/home/dev/shop/src/shop/cart.py", "src/shop/cart.py", PROJECT),
        ("/env/lib/python3.12/site-packages/shop/cart.py", "shop/cart.py", PROJECT),
        ("/env/lib/python3.12/site-packages/_shop_speedups.py", "_shop_speedups.py", PROJECT),
        ("tests/test_a.py", "tests/test_a.py", TESTS),
        ("conftest.py", "conftest.py", TESTS),
        ("src/shop/latest.py", "src/shop/latest.py", PROJECT),
        ("shop/cart_test.py", "shop/cart_test.py", TESTS),
        ("tests\\test_a.py", "tests/test_a.py", TESTS),
        ("/usr/lib/python3.12/asyncio/events.py", "asyncio/events.py", LIBRARY),
        ("../../opt/lib/python3.14t/json/__init__.py", "json/__init__.py", LIBRARY),
        ("C:\\Python312\\Lib\\json\\decoder.py", "json/decoder.py", LIBRARY),
        ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap>", LIBRARY),
        ("/elsewhere/thing.py", "/elsewhere/thing.py", UNKNOWN),
        ("<string>", "<string>", UNKNOWN),
    ],
)
def test_whose_code_a_place_is(file: str, path: str, kind: OriginKind) -> None:
    assert Places(CELL, "shop").locate(file) == (path, Origin(kind=kind))


@pytest.mark.parametrize(
    ("file", "distribution", "version"),
    [
        ("/env/lib/python3.12/site-packages/requests/api.py", "requests", "2.32.0"),
        ("/home/dev/shop/.venv/lib/python3.12/site-packages/yaml/__init__.py", "pyyaml", "6.0"),
        ("/usr/lib/python3/dist-packages/dateutil/tz.py", "python-dateutil", "2.9"),
        ("/env/lib/python3.12/site-packages/unheard_of/a.py", "unheard-of", None),
        ("/env/lib/python3.12/site-packages/single.py", "single", None),
        ("/env/lib/python3.12/site-packages/attr/_make.py", "attrs", None),
    ],
)
def test_dependencies_have_a_name_and_a_version(file: str, distribution: str, version: str | None) -> None:
    _, origin = Places(CELL, "shop").locate(file)
    assert origin == Origin(kind=DEPENDENCY, distribution=distribution, version=version)
