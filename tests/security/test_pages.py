"""Pages in a browser with what an attacker would put into them: nothing of it runs, looks or loads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Route, sync_playwright

from pipeline.check.relations import judge_relations
from pipeline.home import PROJECT_ROOT
from schemas.survey import Survey
from tests.conftest import DEMO_YEAR
from tests.support.relation_examples import example_row

PAGES = [
    "public/report.html", "internal/quality.html", "public/site/index.html", "public/site/search.html",
    "public/site/questions/establishment.html", "public/site/municipalities/112011.html", "internal/site/returns/112011.html",
]  # fmt: skip
OUTSIDE = "http://127.0.0.1:9/"
ATTACK = f"""
<script>window.attacked = "script"</script>
<script src="{OUTSIDE}a.js"></script>
<script src="data:text/javascript,window.attacked='data'"></script>
<style>#attack {{ color: rgb(1, 2, 3) }}</style>
<link rel="stylesheet" href="{OUTSIDE}a.css">
<p id="attack" style="color: rgb(4, 5, 6)" onclick="window.attacked = 'handler'">押す</p>
<img src="{OUTSIDE}a.png" onerror="window.attacked = 'onerror'">
<iframe src="{OUTSIDE}frame" name="frame"></iframe>
<object data="{OUTSIDE}object"></object>
<form action="{OUTSIDE}form" target="frame"><button id="send">送る</button></form>
<a id="link" href="javascript:void(window.attacked = 'link')">開く</a>
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


def answer(route: Route, asked: list[str]) -> None:
    """Note what was asked for, and give nothing."""
    asked.append(route.request.url)
    route.fulfill(status=200, body="")


def what_happens(browser: Browser, path: Path) -> tuple[object, str, list[str]]:
    """What an attack set in this page, the colour of its text, and what was asked of other places."""
    context = browser.new_context()
    asked: list[str] = []
    context.route(f"{OUTSIDE}**", lambda route: answer(route, asked))
    page = context.new_page()
    page.goto(path.as_uri())
    page.evaluate("['#attack', '#send', '#link'].forEach((place) => document.querySelector(place).click())")
    # What a click begins goes through the page's own queue of tasks first.
    page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
    found = page.evaluate("[window.attacked ?? null, getComputedStyle(document.querySelector('#attack')).color]")
    context.close()
    return found[0], found[1], asked


def attacked(path: Path) -> Path:
    """A copy of a page, beside it, with the attack in its text."""
    copy = path.with_name(f"attacked-{path.name}")
    copy.write_text(path.read_text(encoding="utf-8").replace("</main>", f"{ATTACK}</main>"), encoding="utf-8")
    return copy


@pytest.mark.parametrize("name", PAGES)
def test_what_is_put_into_a_page_neither_runs_nor_looks_nor_loads(
    browser: Browser, demo_release: Path, name: str
) -> None:
    page = attacked(demo_release / name)
    try:
        result, colour, asked = what_happens(browser, page)
    finally:
        page.unlink()
    assert (result, asked) == (None, [])
    assert colour not in ("rgb(1, 2, 3)", "rgb(4, 5, 6)")


def test_without_its_policy_a_page_would_do_all_of_it(browser: Browser, demo_release: Path, tmp_path: Path) -> None:
    text = (demo_release / "public/report.html").read_text(encoding="utf-8")
    open_page = tmp_path / "report.html"
    open_page.write_text(re.sub(r"<meta http-equiv=[^>]*>", "", text), encoding="utf-8")
    result, colour, asked = what_happens(browser, attacked(open_page))
    assert result is not None
    assert colour == "rgb(4, 5, 6)"
    assert {url.removeprefix(OUTSIDE) for url in asked} >= {"a.js", "a.css", "a.png", "frame", "object", "form?"}


def test_data_docs_show_a_statement_as_text_and_load_nothing(browser: Browser, tmp_path: Path) -> None:
    declarations = Survey(PROJECT_ROOT).load_year(DEMO_YEAR)
    relation = declarations.relations[0]
    hostile = relation.model_copy(update={"statement": relation.statement.model_copy(update={"ja": ATTACK})})
    own = [row for row in declarations.relation_rows if row.relation_id == relation.id]
    values, _ = relation.examples.cases()["fail"]
    rows = pd.DataFrame([filled for row in own if (filled := example_row(row, values))])
    judge_relations(rows, [hostile], docs_folder=tmp_path)
    (found,) = tmp_path.glob("validations/**/*.html")
    context = browser.new_context()
    asked: list[str] = []
    context.route("http*://**", lambda route: answer(route, asked))
    page = context.new_page()
    page.goto(found.as_uri())
    assert page.get_by_text('window.attacked = "script"').count() > 0
    assert page.evaluate("window.attacked ?? null") is None
    assert page.locator("#attack").count() == 0
    assert asked == []
    context.close()
