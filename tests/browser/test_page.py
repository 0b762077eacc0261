"""The page does what its readers expect, whatever the run calls its tests."""

from __future__ import annotations

import json
import os
import urllib.parse
from pathlib import Path

import pytest
from pages import Opener, browser, opened, shop, view_of
from playwright.sync_api import Page
from results_builder import HOSTILE, Folder, case, failure

from reports.render_html import render_html
from reports.render_json import render_json

__all__ = ["browser", "opened", "shop"]  # fixtures

AXE = Path(os.environ["AXE_CORE"]).read_text(encoding="utf-8") if "AXE_CORE" in os.environ else ""


def shown(page: Page) -> str:
    return page.inner_text("#shown")


def rows(page: Page) -> list[str]:
    return [(name.text_content() or "").strip() for name in page.query_selector_all("#space .row .name")]


def choose(page: Page, field: str, value: str) -> None:
    if page.get_attribute(f"#f-{field}", "type") == "search":
        page.fill(f"#f-{field}", value)
    else:
        page.select_option(f"#f-{field}", value)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_news_come_first_and_equal_results_are_one_row(opened: Opener, shop: Path) -> None:
    page = opened(shop)
    assert shown(page) == "45 tests in 4 groups of equal results"
    first, *rest = rows(page)
    assert first == "▸ 3 tests"
    assert "▸ 40 tests" in rest
    page.click("#space .row.group")
    assert [name for name in rows(page) if "test_pay[" in name] == [
        f"tests/test_pay.py::test_pay[{number}]" for number in range(3)
    ]
    page.click("#space .row.group")
    assert len(rows(page)) == 4


def test_counts_agree_with_report_json(opened: Opener, shop: Path) -> None:
    page = opened(shop)
    report = json.loads(render_json(view_of(shop)))
    assert page.inner_text("h1") == report["summary"]["answer"]
    assert page.inner_text(".headline") == report["summary"]["headline"]
    for verdict, number in report["summary"]["verdicts"]["3.13"].items():
        choose(page, "verdict", verdict)
        assert shown(page).startswith(f"{number} test"), verdict


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("q", "PAY slow", "1 test of 45"),
        ("file", "test_green", "40 tests of 45"),
        ("verdict", "breaks", "3 tests of 45"),
        ("outcome", "failed", "4 tests of 45"),
        ("origin", "project", "4 tests of 45"),
        ("sort", "slow", "45 tests"),
    ],
)
def test_filters_and_their_state_in_the_address(opened: Opener, shop: Path, field: str, value: str, said: str) -> None:
    page = opened(shop)
    choose(page, field, value)
    assert shown(page).startswith(said)
    assert urllib.parse.parse_qs(urllib.parse.urlparse(page.url).fragment) == {field: [value]}
    before = (shown(page), rows(page))
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    assert (shown(page), rows(page)) == before
    assert page.input_value(f"#f-{field}") == value
    page.click("#reset")
    assert shown(page).startswith("45 tests in")


def test_an_outcome_can_be_asked_for_in_one_cell(opened: Opener, shop: Path) -> None:
    page = opened(shop, "#outcome=failed&cell=3.12-plain")
    assert rows(page) == ["tests/test_pay.py::test_always"]


def test_the_slowest_come_first_where_asked(opened: Opener, shop: Path) -> None:
    page = opened(shop, "#sort=change")
    assert rows(page)[0] == "tests/test_pay.py::test_slow"


def test_a_cell_shows_its_failure_its_output_and_what_differs_from_the_base(opened: Opener, shop: Path) -> None:
    page = opened(shop, "#q=test_pay[0]")
    page.click("#space [data-column='3']")
    panel = page.inner_text("#panel")
    assert "AttributeError: gone" in panel
    assert "low stock" in panel
    assert "It passed there." in panel
    page.click("#close")
    choose(page, "q", "test_always")
    page.click("#space [data-column='3']")
    difference = page.inner_text("#panel .difference")
    assert "- E   ValueError: old" in difference
    assert "+ E   AttributeError: gone" in difference


def test_the_keyboard_does_all(opened: Opener, shop: Path) -> None:
    page = opened(shop)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "f-q"
    page.focus("#space [tabindex='0']")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"
    page.keyboard.press("ArrowDown")
    assert "test_pay[0]" in str(page.evaluate("document.activeElement.textContent"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.dataset.column") == "4"
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "panel-title"
    page.keyboard.press("Escape")
    assert not page.is_visible("#panel")
    assert "test_pay[0]" in str(page.evaluate("document.activeElement.textContent"))


def test_a_link_leads_to_a_test_and_to_a_cause(opened: Opener, shop: Path) -> None:
    page = opened(shop, "#test=" + urllib.parse.quote("tests/test_pay.py::test_pay[1]"))
    assert page.inner_text("#panel-title") == "tests/test_pay.py::test_pay[1]"
    cause = json.loads(render_json(view_of(shop)))["causes"][0]["id"]
    other = opened(shop, f"#{cause}")
    assert other.evaluate(f"document.querySelector(':target').id === '{cause}'")
    assert other.is_visible(f"#{cause}")


@pytest.mark.parametrize("anchor", ["#q=pay", "#verdict=breaks"])
def test_a_link_with_a_filter_brings_the_table_into_sight(opened: Opener, shop: Path, anchor: str) -> None:
    page = opened(shop, anchor, height=500)
    top = page.evaluate("document.getElementById('tests').getBoundingClientRect().top")
    assert -1 < top < 500


def test_the_reason_of_a_test_leads_to_the_cause_and_leaves_the_panel(opened: Opener, shop: Path) -> None:
    page = opened(shop, "#test=" + urllib.parse.quote("tests/test_pay.py::test_pay[1]"))
    page.click("#panel p a")
    assert not page.is_visible("#panel")
    assert page.evaluate("document.querySelector(':target').className") == "cause bad"


def test_verdicts_are_explained(opened: Opener, shop: Path) -> None:
    page = opened(shop)
    page.click(".meanings summary")
    assert "fails on the base too" in page.inner_text(".meanings")
    assert page.get_attribute("#space .row .verdict", "title") == "breaks: works on the base, fails there"
    assert "breaks – works on the base, fails there" in page.inner_text("#f-verdict")


def test_what_was_not_measured_cannot_be_overlooked(opened: Opener, shop: Path) -> None:
    page = opened(shop)
    assert "3.13-strict" in page.inner_text(".incomplete")
    assert "crashed" in page.inner_text("#head")


def test_without_scripts_the_summary_the_causes_and_the_first_rows_are_there(opened: Opener, shop: Path) -> None:
    page = opened(shop, script=False)
    text = page.inner_text("body")
    for words in ("3 tests break", "AttributeError: gone", "shop/pay.py:11", "SIGSEGV", "needs JavaScript"):
        assert words in text
    assert "test_pay[0]" in page.inner_text("table.matrix")


def test_paper_has_the_first_rows_and_no_controls(opened: Opener, shop: Path) -> None:
    page = opened(shop)
    assert not page.is_visible("table.matrix")
    page.emulate_media(media="print")
    assert page.is_visible("table.matrix")
    assert not page.is_visible("#app")


def test_paper_is_light_and_narrow_in_any_theme(opened: Opener, shop: Path) -> None:
    page = opened(shop, "#theme=dark", width=700, dark=True)
    ink = "getComputedStyle(document.querySelector('h1')).color"
    dark = page.evaluate(ink)
    page.emulate_media(media="print")
    assert page.evaluate(ink) != dark
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_sticks_out_of_a_narrow_window(opened: Opener, shop: Path, width: int) -> None:
    page = opened(shop, width=width)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("anchor", ["", "#q=pay", "#test=" + urllib.parse.quote("tests/test_pay.py::test_always")])
def test_axe_finds_nothing(opened: Opener, shop: Path, dark: bool, anchor: str) -> None:
    assert AXE, "nox -s browser names axe-core's script"
    page = opened(shop, anchor, dark=dark)
    for summary in page.query_selector_all("summary"):
        summary.click() if anchor == "" else None
    # By the driver, so that the page's own policy still stands.
    page.evaluate(AXE + "; undefined")
    found = page.evaluate("axe.run(document).then((found) => found.violations)")
    assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found] == []


def test_the_theme_can_be_chosen(opened: Opener, shop: Path) -> None:
    page = opened(shop)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert "theme=dark" in page.url


def test_hostile_names_are_text_and_nothing_else(opened: Opener, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    names = [name for name in HOSTILE if name and "\n" not in name]
    folder.cell("3.12", [case("tests.test_a", f"test[{visible(name)}]", file="tests/test_a.py") for name in names])
    folder.cell(
        "3.13",
        [
            case(
                "tests.test_a",
                f"test[{visible(name)}]",
                failure(f"ValueError: {visible(name)}", f"    {visible(name)}\n\ntests/test_a.py:3: ValueError"),
                file="tests/test_a.py",
            )
            for name in names
        ],
    )
    page = opened(folder.run())
    assert page.evaluate("document.scripts.length") == 2
    page.click("#space .row.group")
    assert len([name for name in rows(page) if "test[" in name]) >= 15
    choose(page, "q", "</script>")
    page.click("#space [data-column='3']")
    assert "</script><img src=x onerror=alert(1)>" in page.inner_text("#panel")
    assert page.query_selector_all("img, iframe, object, form, base, meta[http-equiv=refresh]") == []
    assert {link.get_attribute("href")[:1] for link in page.query_selector_all("a")} == {"#"}  # type: ignore[index]


def visible(name: str) -> str:
    """As pytest writes what XML cannot hold."""
    return "".join(char if char >= " " and not "\ud800" <= char <= "\udfff" else f"#x{ord(char):02X}" for char in name)


def test_a_large_suite_stays_light(opened: Opener, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "results")
    for python in ("3.12", "3.13"):
        folder.cell(
            python,
            [
                case(
                    f"tests.test_{number // 50}",
                    f"test_{number}",
                    failure("E: x") if number % 97 == 0 and python == "3.13" else "",
                )
                for number in range(20_000)
            ],
        )
    page = opened(folder.run(), "#sort=name")
    assert page.evaluate("document.querySelectorAll('*').length") < 5_000
    page.focus("#space [tabindex='0']")
    page.keyboard.press("Control+End")
    assert page.get_attribute("#space .row:last-child", "aria-rowindex") == "20001"
    assert page.evaluate("document.querySelectorAll('*').length") < 5_000


def test_equal_input_gives_equal_bytes(shop: Path) -> None:
    assert render_html(view_of(shop)) == render_html(view_of(shop))
