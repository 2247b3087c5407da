"""dbt's own pages of the warehouse: one file, opened from disk in a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from pipeline.home import PROJECT_ROOT, Home
from pipeline.warehouse.dbt import load_manifest, manifest_path, write_site
from pipeline.warehouse.dbt_page import BEGIN, END, MANIFEST, static_page
from schemas.survey import Survey
from tests.conftest import DEMO_YEAR

MART = "model.kyogikai.mart_council"
HOSTILE = """公表値</script><script>window.attacked = "script"</script> <!--<script>
<img src="http://127.0.0.1:9/a.png" onerror="window.attacked = 'onerror'"> [link](javascript:window.attacked='link')
{{constructor.constructor("window.attacked = 'template'")()}} "CATALOG.JSON INLINE DATA\""""


@pytest.fixture(scope="module")
def site(own_survey: Survey, own_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = tmp_path_factory.mktemp("site") / "dbt" / "index.html"
    write_site(own_survey, own_home.year_warehouse(DEMO_YEAR), page)
    return page


class Visitor:
    """A page from disk, what it asked for and what broke on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.broken: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.broken.append(str(error)))

    def see(self, site: Path, place: str, words: str) -> str:
        """All that stands on a page once it says these words."""
        self.page.goto(f"{site.as_uri()}#!/{place}")
        self.page.get_by_text(words).first.wait_for()
        return self.page.inner_text("body")


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield Visitor(browser.new_page())
        browser.close()


def test_a_mart_is_shown_with_its_columns_in_both_languages(site: Path, visitor: Visitor, own_survey: Survey) -> None:
    model = load_manifest(own_survey).nodes[MART]
    text = visitor.see(site, f"model/{MART}", model.description)
    assert [name for name, column in model.columns.items() if column.description not in text] == []
    assert {"INTEGER", "VARCHAR", "BOOLEAN", "BIGINT"} <= set(text.split())


def test_the_first_page_leads_on_and_nothing_comes_from_the_network(site: Path, visitor: Visitor) -> None:
    visitor.see(site, "overview", "集計用データベースの表 | Tables of the warehouse")
    assert visitor.page.get_by_role("link", name="Documentation").get_attribute("href") == "../index.html"
    visitor.see(site, f"model/{MART}", "mart_council")
    assert [url for url in visitor.asked if not url.startswith(("file:", "data:"))] == []
    assert visitor.broken == []


def test_the_pages_name_no_folder_of_the_machine(site: Path, own_home: Home) -> None:
    text = site.read_text(encoding="utf-8")
    assert [folder for folder in (PROJECT_ROOT, own_home.root, site.parent) if str(folder) in text] == []
    assert [path.name for path in site.parent.iterdir()] == [site.name]


def test_a_hostile_description_is_text_that_neither_runs_nor_loads(
    own_survey: Survey, tmp_path: Path, visitor: Visitor
) -> None:
    manifest = json.loads(manifest_path(own_survey).read_bytes())
    model = manifest["nodes"][MART]
    model["description"] = model["columns"]["year"]["description"] = HOSTILE
    page = tmp_path / "index.html"
    page.write_text(static_page(json.dumps(manifest), '{"nodes": {}, "sources": {}}'), encoding="utf-8")
    visitor.see(page, f"model/{MART}", "公表値")
    assert visitor.page.locator('[href^="javascript:window"]').count() == 0
    assert visitor.page.evaluate("window.attacked ?? null") is None
    assert visitor.broken == []
    assert [url for url in visitor.asked if url.startswith("http")] == []


def test_a_page_of_dbt_without_the_two_places_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "index.html").write_text(f"{BEGIN}{MANIFEST}{END}", encoding="utf-8")
    monkeypatch.setattr("dbt.task.docs.DOCS_INDEX_FILE_PATH", str(tmp_path / "index.html"))
    with pytest.raises(RuntimeError, match="two places"):
        static_page("{}", "{}")


def test_a_warehouse_that_cannot_be_opened_leaves_no_page(own_survey: Survey, tmp_path: Path) -> None:
    (tmp_path / "kyogikai.duckdb").write_bytes(b"no database")
    with pytest.raises(RuntimeError, match="dbt docs"):
        write_site(own_survey, tmp_path / "kyogikai.duckdb", tmp_path / "index.html")
    assert not (tmp_path / "index.html").exists()
