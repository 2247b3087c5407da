"""A document of another prefecture: its whole, and how many 市, 町 and 村 that is, come from its own roster."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.home import PROJECT_ROOT
from pipeline.reconcile.reconcile import reconcile_document
from schemas.errors import UsageError
from schemas.survey import Survey, YearDeclarations
from tests.support.command import kyogikai

OURS = "27市町、共同設置 35市町村、単独・共同設置 1市"


def document(folder: Path, parts: str, whole: str, village: str) -> Path:
    path = folder / "report.txt"
    lines = [
        "令和６年９月３０日現在", "① 市町村自立支援協議会の設置状況", f"ア 設置数　{whole}（内訳　単独設置 {parts}）",
        "② 市町村自立支援協議会の活動状況", "ウ 地域課題", f"・あがっている {village}",
    ]  # fmt: skip
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def declarations() -> YearDeclarations:
    return Survey(PROJECT_ROOT).load_year(2024)


def verdicts(path: Path, declarations: YearDeclarations, published: str) -> list[str]:
    found = reconcile_document(path, declarations, None)
    return [r.verdict for r in found.relations if r.published_relation == published]


@pytest.mark.parametrize("name", ["群馬県", "10"])
@pytest.mark.parametrize(
    ("parts", "verdict"),
    [
        ("20市町村、共同設置 15市町村、単独・共同設置 0市町村", "held"),
        ("20市町村、共同設置 14市町村、単独・共同設置 0市町村", "violated"),
    ],
)
def test_the_parts_add_up_to_the_municipalities_of_that_prefecture(
    declarations: YearDeclarations, tmp_path: Path, name: str, parts: str, verdict: str
) -> None:
    theirs = declarations.of_prefecture(name)
    assert sorted({m.kind for m in theirs.municipalities}) == ["市", "村", "町"]
    assert len(theirs.municipalities) == 35
    path = document(tmp_path, parts, "35市町村", "35市町村")
    assert verdict in verdicts(path, theirs, "R01")
    assert ("violated" in verdicts(path, theirs, "R01")) == (verdict == "violated")
    assert "violated" in verdicts(path, declarations, "R01")


def test_our_own_numbers_do_not_add_up_elsewhere(declarations: YearDeclarations, tmp_path: Path) -> None:
    path = document(tmp_path, OURS, "63市町村", "61市町村")
    assert "violated" not in verdicts(path, declarations, "R01")
    theirs = declarations.of_prefecture("群馬県")
    assert "violated" in verdicts(path, theirs, "R01")
    told = reconcile_document(path, theirs, None).relations
    assert any("35（名簿）" in r.explanation for r in told if (r.published_relation, r.verdict) == ("R01", "violated"))


def test_a_prefecture_without_villages_has_no_row_of_them(declarations: YearDeclarations) -> None:
    kinds = {m.kind for m in declarations.of_prefecture("兵庫県").municipalities}
    assert kinds == {"市", "町"}
    ids = {relation.id for relation in declarations.relations if relation.kind == "partition"}
    rows = [row for row in declarations.of_prefecture("兵庫県").relation_rows if row.relation_id in ids]
    measures = {term.measure for row in rows for term in (*row.left, *row.right)}
    assert "kind_町" in measures
    assert "kind_村" not in measures


def test_an_unknown_prefecture_is_told(declarations: YearDeclarations) -> None:
    with pytest.raises(UsageError, match=r"unknown-prefecture(.|\n)*武蔵県"):
        declarations.of_prefecture("武蔵県")


def test_the_command_takes_a_prefecture_with_no_returns_alone(tmp_path: Path) -> None:
    path = document(tmp_path, "20市町村、共同設置 15市町村、単独・共同設置 0市町村", "35市町村", "35市町村")
    refused = kyogikai("reconcile", 2024, path, "--prefecture", "群馬県", home=tmp_path, survey=PROJECT_ROOT)
    assert refused.code == 2
    assert "add --no-returns" in refused.err
    words = ("reconcile", 2024, path, "--no-returns", "--json")
    theirs = kyogikai(*words, "--prefecture", "群馬県", home=tmp_path, survey=PROJECT_ROOT)
    violated = {r["published_relation"] for r in theirs.json["relations"] if r["verdict"] == "violated"}
    assert "R01" not in violated
    own = kyogikai(*words, home=tmp_path, survey=PROJECT_ROOT)
    assert "R01" in {r["published_relation"] for r in own.json["relations"] if r["verdict"] == "violated"}
