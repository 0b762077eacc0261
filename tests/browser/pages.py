"""Pages of made-up runs, in Chromium. Run by ``nox -s browser``, which brings the browser's driver and axe-core."""

from __future__ import annotations

import datetime
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "reports"))

from results_builder import Folder, case, failure, journal

from reports.arrange import build_view
from reports.conclude import conclude
from reports.knowledge import Knowledge
from reports.load import load_run
from reports.render_html import render_html
from reports.view import View

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DAY = datetime.date(2026, 11, 20)

Opener = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=executable, args=FLAGS)
        yield started
        started.close()


def view_of(folder: Path) -> View:
    """The view of a results folder, on a fixed day."""
    return build_view(conclude(load_run(folder), Knowledge(), DAY), DAY)


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Opens a page of a results folder; fails where it asks for anything, opens a dialog, or has an error."""
    contexts = []
    faults: list[str] = []

    def open_page(
        folder: Path, anchor: str = "", *, width: int = 1280, height: int = 900, dark: bool = False, script: bool = True
    ) -> Page:
        file = tmp_path / "report.html"
        file.write_text(render_html(view_of(folder)), encoding="utf-8", errors="backslashreplace")
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        page.on("request", lambda one: faults.append(one.url) if not one.url.startswith(file.as_uri()) else None)
        page.goto(file.as_uri() + anchor)
        if script:
            page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A run with breaks, a test that always fails, a slow one, a crashed cell, and green ones."""
    folder = Folder(tmp_path / "results")
    trace = (
        "    def test_pay():\n>       pay()\n\ntests/test_pay.py:4: \n_ _\n"
        "shop/pay.py:{}: in pay\n    x\nE   {}\n\nshop/pay.py:{}: {}"
    )
    before = trace.format(9, "ValueError: old", 9, "ValueError")
    after = trace.format(11, "AttributeError: gone", 11, "AttributeError")
    green = [
        case("tests.test_green", f"test_{number}", file="tests/test_green.py", line=1, time="0.2")
        for number in range(40)
    ]
    broken = [f"test_pay[{number}]" for number in range(3)]
    folder.cell(
        "3.12",
        [
            *green,
            *(case("tests.test_pay", name, file="tests/test_pay.py", line=1, time="0.1") for name in broken),
            case("tests.test_pay", "test_always", failure("ValueError: old", before), file="tests/test_pay.py", line=1),
            case("tests.test_pay", "test_slow", file="tests/test_pay.py", line=1, time="1"),
        ],
    )
    later = folder.cell(
        "3.13",
        [
            *green,
            *(
                case("tests.test_pay", name, failure("AttributeError: gone", after), file="tests/test_pay.py", line=1)
                for name in broken
            ),
            case(
                "tests.test_pay",
                "test_always",
                failure("AttributeError: gone", after),
                file="tests/test_pay.py",
                line=1,
            ),
            case("tests.test_pay", "test_slow", file="tests/test_pay.py", line=1, time="5"),
        ],
    )
    journal(
        later,
        {
            "event": "end",
            "id": "tests/test_pay.py::test_pay[0]",
            "outcome": "failed",
            "output": "Captured log:\nlow stock",
        },
    )
    reason = f"SIGSEGV, see https://example.org/{'long/' * 30} and {'name_without_a_place_to_break_' * 6}"
    folder.cell("3.13", green, profile="strict", status="crashed", reason=reason)
    return folder.run(next=["3.13"])
