"""The site in a browser, as a person uses it: from disk and from a server, by mouse, by keyboard, on a phone, and read aloud."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

PAGES = [
    "public/site/index.html", "public/site/figures.html", "public/site/quality.html", "public/site/data.html", "public/site/search.html",
    "public/site/figures/council.all.html", "public/site/figures/agenda_topic_ranking.html",
    "public/site/figures/plenary_vitality.vitalised.html", "public/site/questions/establishment.html",
    "public/site/questions/agenda_topic.html", "public/site/questions/plenary_meeting_count.html",
    "public/site/municipalities/112011.html", "internal/site/figures/council.all.html", "internal/site/returns/112011.html",
]  # fmt: skip
"""A page of every kind."""
SHORTER = """
for (const body of document.querySelectorAll("tbody")) while (body.rows.length > 6) body.rows[6].remove();
for (const list of document.querySelectorAll(".tiles, #entries")) while (list.children.length > 6) list.lastChild.remove();
"""
"""Rows of a table, tiles of a map and lines of a list are alike: a few tell as much as all, sooner."""
AXE = {"preload": False, "resultTypes": ["violations"]}
"""Every rule is judged; what passes is not described node by node, which takes longer than the judging."""
IN_THE_DARK = [name for name in PAGES if name.rsplit("/", 1)[-1] in ("index.html", "establishment.html", "112011.html")]
CHARTS = ("establishment", "agenda_topic", "plenary_meeting_count")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served(demo_release: Path) -> Iterator[str]:
    """The release behind a web server."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Say nothing of what is asked for."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(demo_release)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


class Visitor:
    """A page in the browser, and everything that went wrong on it."""

    def __init__(self, browser: Browser, *, width: int = 1100, scheme: str = "light") -> None:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        self.page: Page = context.new_page()
        self.troubles: list[str] = []
        self.page.on("console", lambda message: self.troubles.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("requestfailed", lambda request: self.troubles.append(request.url))

    def see_charts(self) -> int:
        """Scroll to every chart and wait until it is drawn; returns how many there are."""
        places = self.page.locator(".chart > div")
        for number in range(places.count()):
            places.nth(number).scroll_into_view_if_needed()
            self.page.locator(f".chart > div >> nth={number} >> svg").wait_for()
        return places.count()


@pytest.fixture
def visitor(browser: Browser) -> Visitor:
    return Visitor(browser)


@pytest.mark.parametrize(("scheme", "pages"), [("light", PAGES), ("dark", IN_THE_DARK)])
def test_nobody_is_kept_out_of_any_kind_of_page(
    browser: Browser, demo_release: Path, scheme: str, pages: list[str]
) -> None:
    visitor = Visitor(browser, scheme=scheme)
    for name in pages:
        visitor.page.goto((demo_release / name).as_uri())
        visitor.see_charts()
        visitor.page.evaluate(SHORTER)
        violations = Axe().run(visitor.page, options=AXE).response["violations"]
        assert [(name, one["id"], one["nodes"][0]["html"]) for one in violations] == []
    assert visitor.troubles == []


def test_charts_are_drawn_from_a_server_too(visitor: Visitor, served: str) -> None:
    for name in CHARTS:
        visitor.page.goto(f"{served}/public/site/questions/{name}.html")
        assert visitor.see_charts() == 1
    assert visitor.troubles == []


def test_a_number_of_the_report_leads_to_a_municipality_and_its_file(visitor: Visitor, demo_release: Path) -> None:
    visitor.page.goto((demo_release / PAGES[0]).as_uri())
    link = visitor.page.locator("main a[data-figure='establishment.single']").first
    link.click()
    visitor.page.get_by_role("link", name="川越市").click()
    assert visitor.page.locator("h1").inner_text() == "埼玉県川越市"
    assert len(visitor.page.locator("code.hash").inner_text()) == 64


def test_an_auditor_sees_the_sheet_around_the_cell(visitor: Visitor, demo_release: Path) -> None:
    visitor.page.goto((demo_release / "internal/site/figures/plenary_meetings.total.html").as_uri())
    row = visitor.page.locator("tbody tr").filter(has_text="川越市自立支援協議会")
    place = row.locator("a[href*='/returns/']").last
    text = place.inner_text()
    place.click()
    cell = visitor.page.locator("td.here")
    assert cell.get_attribute("title") == text
    assert visitor.page.locator("table.sheet").count() >= 5
    assert visitor.troubles == []


def test_tables_are_sorted_by_keyboard(visitor: Visitor, demo_release: Path) -> None:
    visitor.page.goto((demo_release / "public/site/questions/agenda_topic.html").as_uri())
    table = visitor.page.locator("table.sortable").first
    table.get_by_role("button").last.focus()
    counts = []
    for order in ("ascending", "descending"):
        visitor.page.keyboard.press("Enter")
        assert table.locator("th").last.get_attribute("aria-sort") == order
        counts.append([int(text) for text in table.locator("td:last-child").all_inner_texts()])
    assert counts[0] == sorted(counts[0])
    assert counts[1] == sorted(counts[0], reverse=True)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("かわごえ", "川越市"),
        ("ｶﾜｺﾞｴ", "川越市"),
        ("a05", "協議会数　37協議会"),
        ("plenary", "全体会"),
        ("埼葛北", "埼葛北自立支援協議会"),
    ],
)
def test_a_search_does_not_mind_kana_and_width(visitor: Visitor, demo_release: Path, words: str, first: str) -> None:
    visitor.page.goto((demo_release / "public/site/search.html").as_uri())
    visitor.page.get_by_role("searchbox").fill(words)
    shown = visitor.page.locator("#entries > li:visible a")
    assert first in shown.first.inner_text()
    assert visitor.page.locator("#found").inner_text() == f"{shown.count()}件"


def test_a_search_without_a_find_says_so(visitor: Visitor, demo_release: Path) -> None:
    visitor.page.goto((demo_release / "public/site/search.html").as_uri())
    visitor.page.get_by_role("searchbox").fill("どこにもない言葉")
    assert visitor.page.locator("#found").inner_text() == "0件"


def test_on_a_phone_no_page_is_wider_than_the_screen(browser: Browser, demo_release: Path) -> None:
    visitor = Visitor(browser, width=360)
    for name in PAGES:
        visitor.page.goto((demo_release / name).as_uri())
        visitor.see_charts()
        assert (name, visitor.page.evaluate("document.documentElement.scrollWidth")) == (name, 360)
    wide = "[...document.querySelectorAll('.scroll')].filter((part) => part.scrollWidth > part.clientWidth).length"
    assert visitor.page.locator(".scroll.wide").count() == visitor.page.evaluate(wide) > 0
    visitor.page.set_viewport_size({"width": 4000, "height": 900})
    expect(visitor.page.locator(".scroll.wide")).to_have_count(0)


def test_on_a_phone_each_value_of_a_row_stands_behind_its_head(browser: Browser, demo_release: Path) -> None:
    visitor = Visitor(browser, width=360)
    visitor.page.goto((demo_release / "public/site/municipalities/112011.html").as_uri())
    table = visitor.page.locator("main table").first
    expect(table.locator("thead")).to_be_hidden()
    expect(table).to_have_attribute("role", "table")
    cell = table.locator("tbody td").first
    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"回答　"'
    visitor.page.set_viewport_size({"width": 1000, "height": 900})
    expect(table.locator("thead")).to_be_visible()
    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == "none"


def test_charts_below_are_drawn_for_those_who_print(browser: Browser, demo_release: Path) -> None:
    visitor = Visitor(browser)
    visitor.page.set_viewport_size({"width": 1000, "height": 100})
    visitor.page.goto((demo_release / "public/site/questions/establishment.html").as_uri())
    places = visitor.page.locator(".chart > div")
    expect(places.first).to_have_attribute("data-drawn", "true")
    assert visitor.page.evaluate("scrollY") == 0


def test_without_scripts_every_page_says_what_it_says(browser: Browser, demo_release: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((demo_release / "public/site/questions/establishment.html").as_uri())
    assert page.locator("table").first.locator("tbody tr").count() == 4
    assert page.locator(".tiles > li").count() == 63
    context.close()
