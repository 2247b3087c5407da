"""What a document says of itself: how many answered is its whole, and its corrections and editions are no figures."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.home import PROJECT_ROOT
from pipeline.reconcile.itself import find_answered
from pipeline.reconcile.numbers import find_numbers, plain
from pipeline.reconcile.passages import Passage
from pipeline.reconcile.reconcile import Reconciliation, reconcile_document
from schemas.survey import Survey, YearDeclarations


@pytest.fixture(scope="module")
def declarations() -> YearDeclarations:
    return Survey(PROJECT_ROOT).load_year(2024)


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        ("調査対象の63市町村のうち、回答のあった62市町村の集計である", 62),
        ("対象６３市町村（うち回答６２市町村）", 62),
        ("調査対象六十三市町村のうち、回答のあった六十二市町村", 62),
        ("回答市町村数：62", 62),
        ("調査対象：県内63市町村、回答：62市町村（回答期限：令和6年10月31日）", 62),
        ("〔案（63市町村中62市町村回答、未解決のエラー15件・警告11件、公表前審査は未合格）〕", 62),
        ("回収数　1,741市区町村", 1741),
        ("回答率 98.4%", None),
        ("広域で対応する課題に回答した市町村", None),
        ("調査対象は63市町村である。回答のあった課題は12件", None),
        ("単独設置 27市町", None),
    ],
)
def test_how_many_answered_is_read_where_it_is_said(text: str, answered: int | None) -> None:
    assert find_answered(plain(text)) == answered


@given(st.lists(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=4, max_size=4), min_size=4, max_size=4))
def test_the_digest_of_a_report_is_no_number_of_the_survey(groups: list[str]) -> None:
    passages = [Passage(f"照合番号　{'-'.join(groups)}", "line 1")]
    assert find_numbers(passages, ["市町村"]).numbers == []


@pytest.mark.parametrize(
    "text",
    [
        "市町村に確かめて訂正した回答1か所を含む",
        "市町村に確かめて訂正した回答12箇所を含む",
        "この報告書は、第1版（令和6年12月2日公表）を改訂した第2版であり、改訂の内容は正誤表のとおりである",
        "回答率　98.4%",
        "回答のあった市町村数：62市町村",
        "前回の公表値57市町",
        "無回答等 1件、仮定 55件",
        "〔案（63市町村中62市町村回答、未解決のエラー15件・警告11件、公表前審査は未合格）〕",
    ],
)
def test_what_is_said_of_the_document_is_no_number_of_the_survey(text: str) -> None:
    assert find_numbers([Passage(text, "line 1")], ["市町村", "件"]).numbers == []


def reconciled(folder: Path, declarations: YearDeclarations, *notice: str, single: str = "26市町") -> Reconciliation:
    lines = [
        *notice,
        "（１）市町村自立支援協議会の設置状況",
        "設置数",
        f"単独設置：{single}、共同設置：35市町村、単独・共同設置：1市",
    ]
    path = folder / "report.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return reconcile_document(path, declarations, None)


@pytest.mark.parametrize(
    ("notice", "single", "verdict", "told"),
    [
        (("対象の63市町村のうち、回答のあった62市町村の集計である",), "26市町", "held", ""),
        (("対象の63市町村のうち、回答のあった62市町村の集計である",), "27市町", "violated", "62（回答のあった数）"),
        ((), "27市町", "held", ""),
        ((), "26市町", "violated", "63（名簿）"),
        (("回答のあった市町村は少ない",), "27市町", "held", ""),
    ],
)
def test_the_whole_is_what_the_document_says_has_answered(
    declarations: YearDeclarations, tmp_path: Path, notice: tuple[str, ...], single: str, verdict: str, told: str
) -> None:
    found = reconciled(tmp_path, declarations, *notice, single=single)
    (partition,) = [r for r in found.relations if r.relation_id == "establishment-partition"]
    assert partition.verdict == verdict
    assert told in partition.explanation
    assert {f.verdict for f in found.figures if f.published_id in ("A02", "A03", "A04")} == {"printed"}


@pytest.mark.parametrize(
    ("notice", "single", "verdict"),
    [
        ((), "63市", "violated"),
        (("対象の63市町村のうち、回答のあった62市町村の集計である",), "62市", "held"),
    ],
)
def test_of_which_kind_those_are_that_answered_is_not_known(
    declarations: YearDeclarations, tmp_path: Path, notice: tuple[str, ...], single: str, verdict: str
) -> None:
    """The roster has 40 cities; how many of those that answered are cities, no document says."""
    path = tmp_path / "report.txt"
    lines = [*notice, "設置数", f"単独設置：{single}、共同設置：0市町村、単独・共同設置：0市"]
    path.write_text("\n".join(lines), encoding="utf-8")
    (partition,) = [
        r for r in reconcile_document(path, declarations, None).relations if r.relation_id == "establishment-partition"
    ]
    assert partition.verdict == verdict
