"""The page for auditors: it tells what the release's own tables say, and nothing from outside is taken for markup."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from pipeline.home import Home
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.corrections import correction, put_corrections
from tests.support.judging import put_returns
from tests.support.waivers import waive

CODE, SILENT = "332020", "331007"
HARM = "<script>alert(1)</script>"


class Tables(HTMLParser):
    """The rows of every table, by the heading above it."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: dict[str, list[list[str]]] = {}
        self.tags: set[str] = set()
        self._heading = ""
        self._into: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._into = tag
        if tag == "h2":
            self._heading = ""
        elif tag == "tr":
            self.parts.setdefault(self._heading.partition("　")[2], []).append([])
        elif tag in ("td", "th"):
            self.parts[self._heading.partition("　")[2]][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._into = None

    def handle_data(self, data: str) -> None:
        if self._into == "h2":
            self._heading += data
        elif self._into in ("td", "th"):
            self.parts[self._heading.partition("　")[2]][-1][-1] += data


def page_of(folder: Path) -> Tables:
    tables = Tables()
    tables.feed((folder / "internal" / "quality.html").read_text(encoding="utf-8"))
    return tables


@pytest.fixture(scope="module")
def released(
    tmp_path_factory: pytest.TempPathFactory, second_survey: Survey, second_declarations: YearDeclarations
) -> Path:
    """The second release of a year: without one return, which is waived, and with a correction."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KYOGIKAI_NOW", "2025-06-20T09:00:00+09:00")
        home = Home(tmp_path_factory.mktemp("quality"))
        put_returns(home, second_declarations, {}, without=(SILENT,))
        (home.inbox(YEAR) / "memo.xlsx").write_bytes(b"no workbook")
        waive(home, [f"return.missing:{SILENT}"])
        run_year(open_run(home, second_survey, YEAR))
        release_year(home, second_survey, YEAR, by="甲")
        told = correction(second_declarations, CODE, ("plan_count", 1, None), expect=12, to=15, reason=HARM)
        put_corrections(home, YEAR, told)
        run_year(open_run(home, second_survey, YEAR))
        return release_year(home, second_survey, YEAR, by="乙")


def test_the_summary_tells_who_released_what(released: Path) -> None:
    rows = dict(page_of(released).parts["公表の概要"][1:])
    assert (rows["公表の版"], rows["公表した人"], rows["公表前審査"]) == ("第2版（r2）", "乙", "合格")
    printed = (released / "public" / "report.txt").read_text(encoding="utf-8").split()[-1]
    assert rows["照合番号"] == printed


def test_the_response_rate_and_the_receipts(released: Path, second_declarations: YearDeclarations) -> None:
    parts = page_of(released).parts
    count = len(second_declarations.municipalities)
    rows = dict(parts["回収の状況"][1:])
    assert (rows["調査対象の市町村"], rows["回答した市町村"]) == (str(count), str(count - 1))
    assert rows["回収率"] == f"{100 * (count - 1) / count:.1f}％"
    assert rows["未提出の市町村"] == "岡山市"
    results = [row[3] for row in parts["受付の記録"][1:]]
    assert (results.count("受理"), results.count("不受理")) == (count - 1, 1)


def test_rules_are_those_of_the_releases_table_with_what_did_not_pass_first(released: Path) -> None:
    table = pl.read_parquet(released / "internal" / "rule_outcomes.parquet")
    rows = page_of(released).parts["検査の結果"][1:]
    assert sorted((row[0], *map(int, row[4:])) for row in rows) == sorted(
        table.select("rule_id", "pass_count", "fail_count", "unverifiable_count").iter_rows()
    )
    is_open = [row[5:] != ["0", "0"] for row in rows]
    assert is_open == sorted(is_open, reverse=True)
    assert any(is_open)


def test_decisions_are_told_with_reason_and_authority(released: Path) -> None:
    parts = page_of(released).parts
    waived = {row[3]: row for row in parts["承認済みの例外"][1:]}
    missing = waived[f"return.missing:{SILENT}"]
    assert missing[:3] == ["non-response", "岡山市", "岡山市から回答が届いていません。"]
    assert {(row[0], *row[4:6]) for row in waived.values()} == {("non-response", "期限までに回答がない", "課長")}
    gate = json.loads((released / "internal" / "gate.json").read_text(encoding="utf-8"))
    assert set(waived) == set(gate["waived"])
    (told,) = parts["回答の訂正"][1:]
    assert told[0] == "by-telephone"
    assert told[3:8] == ["12", "15", "訂正した", HARM, "課長"]


def test_revisions_and_denominators(released: Path) -> None:
    parts = page_of(released).parts
    revised = {row[1]: row[2:] for row in parts["前回の公表からの改訂"][1:]}
    assert set(revised) == {"計画数", "１市町村当たり計画数"}
    assert all(row[-1] == "市町村に確かめた回答の訂正 by-telephone" for row in revised.values())
    ratios = {row[1]: row for row in parts["分母と端数処理"][1:]}
    assert ratios["１市町村当たり計画数"][5] == "小数第3位を四捨五入"
    assert re.fullmatch(r"調査対象 \d+", ratios["１市町村当たり計画数"][4])


def test_nothing_runs_and_nothing_is_loaded(released: Path) -> None:
    tables = page_of(released)
    assert tables.tags.isdisjoint({"script", "link", "img", "iframe"})
    assert "default-src 'none'" in (released / "internal" / "quality.html").read_text(encoding="utf-8")
