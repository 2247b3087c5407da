"""A release's own tables keep to the standards; one that does not is refused, with file, sheet and cell."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.publish.prove import Shown, prove_release
from pipeline.publish.quality import FEW_FILES
from pipeline.publish.standards.examine import STANDARDS, examine_release, standard_faults, summarise
from schemas.errors import GateRefusedError
from schemas.survey import YearDeclarations
from tests.pipeline.publish.test_quality import Tables

UNVERIFIABLE = [("accessible", number) for number in ("14", "32", "33")]


def test_every_item_of_a_release_has_a_verdict_and_none_fails(demo_release: Path) -> None:
    found = examine_release(demo_release / "public")
    lines = summarise(found)
    assert [(line.standard.id, line.item.number) for line in lines] == [
        (s.id, i.number) for s in STANDARDS for i in s.items
    ]
    assert [f.judged.faults for f in found if f.judged.faults] == []
    assert [(line.standard.id, line.item.number) for line in lines if line.verdict == "unverifiable"] == UNVERIFIABLE
    csv = {path.name for path in (demo_release / "public").glob("*.csv")}
    assert {f.file for f in found} == csv | {"tables_for_machines.xlsx", "tables_for_reading.xlsx"}
    assert all(f.judged.reason for f in found if f.judged.verdict in ("unverifiable", "not_applicable"))


def test_the_quality_page_tells_the_result_of_every_item(demo_release: Path) -> None:
    tables = Tables()
    tables.feed((demo_release / "internal" / "quality.html").read_text(encoding="utf-8"))
    rows = tables.parts["統計表の表記の基準"]
    assert [row[1] for row in rows[1:]] == [item.number for standard in STANDARDS for item in standard.items]
    assert {row[3] for row in rows[1:]} == {"適合", "対象外", "確認不能"}
    count = len(list((demo_release / "public").glob("*.csv"))) + 1
    files = {(row[1], row[3]): row[4] for row in rows[1:16]}
    assert files["1-1", "適合"] == f"調べた{count}ファイルすべて"
    some = [told for told in files.values() if "ほか" in told]
    assert some
    assert all(told.count("、") == FEW_FILES - 1 and f"調べた{count}ファイルのうち" in told for told in some)


def test_the_public_site_tells_them_too(demo_release: Path) -> None:
    from lxml import html

    page = html.document_fromstring((demo_release / "public" / "site" / "quality.html").read_bytes())
    lines = [[cell.text_content().strip() for cell in row] for row in page.iter("tr")]
    for standard in STANDARDS:
        told = [line[1:3] for line in lines if line and line[0] == standard.title]
        assert told == [[item.number, item.statement] for item in standard.items]


def changed_workbook(public: Path, name: str, change: Any) -> None:
    book = openpyxl.load_workbook(public / name)
    change(book.worksheets[0])
    book.save(public / name)


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("tables_for_machines.xlsx", lambda sheet: sheet.merge_cells("A2:A3"), ("figures!A2:A3", "machine-readable 1-4")),
        ("tables_for_machines.xlsx", lambda sheet: setattr(sheet["K2"], "value", "63件"), ("figures!K2", "machine-readable 1-3")),
        ("tables_for_reading.xlsx", lambda sheet: setattr(sheet, "freeze_panes", "A5"), ("設置状況", "accessible 7")),
        ("tables_for_reading.xlsx", lambda sheet: sheet.row_dimensions.__getitem__(6).__setattr__("hidden", True), ("行6", "accessible 9")),
    ],
)  # fmt: skip
def test_what_does_not_keep_to_an_item_is_named(
    demo_release: Path, tmp_path: Path, name: str, change: Any, told: tuple[str, str]
) -> None:
    public = tmp_path / "public"
    shutil.copytree(demo_release / "public", public, ignore=shutil.ignore_patterns("site"))
    changed_workbook(public, name, change)
    faults = [fault.render() for fault in standard_faults(examine_release(public))]
    assert [text for text in faults if name in text and all(word in text for word in told)]


def test_a_csv_without_its_units_and_one_with_two_tables_are_named(demo_release: Path, tmp_path: Path) -> None:
    public = tmp_path / "public"
    shutil.copytree(demo_release / "public", public, ignore=shutil.ignore_patterns("site"))
    package = json.loads((public / "datapackage.json").read_bytes())
    for name in ("datapackage.json", "csv-metadata.json"):
        (public / name).unlink()
    with (public / "codes.csv").open("ab") as file:
        file.write(b"\r\nname,value\r\na,1\r\n")
    told = {(f.file, f.item.number) for f in examine_release(public) if f.judged.verdict == "fail"}
    assert {("mart_council.csv", "1-9"), ("figures.csv", "1-13"), ("codes.csv", "2-2")} <= told
    assert package["resources"]


def test_a_fault_refuses_the_release_before_it_is_sealed(
    demo_release: Path, tmp_path: Path, second_declarations: YearDeclarations
) -> None:
    folder = tmp_path / "release"
    (folder / "public").mkdir(parents=True)
    figures = pl.read_parquet(demo_release / "public" / "figures.parquet")
    figures.write_parquet(folder / "public" / "figures.parquet")
    (folder / "public" / "t.csv").write_text("年,人口\n2024,5\n", encoding="utf-8")
    shutil.copy(demo_release / "public" / "tables_for_machines.xlsx", folder / "public")
    shutil.copy(demo_release / "public" / "tables_for_reading.xlsx", folder / "public")
    found = examine_release(folder / "public")
    (folder / "public" / "t.csv").unlink()
    with pytest.raises(GateRefusedError) as raised:
        prove_release(folder, Shown(standards=found), second_declarations, releases={"2024/r1": folder})
    assert raised.value.reference == "standard-not-kept"
    assert raised.value.where == "public/t.csv, B1"
    assert "1-9" in raised.value.expected


def call(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(cli, [str(word) for word in words])
    return result.exit_code, result.stdout


def test_the_command_shows_every_item_and_says_by_its_exit_code_whether_one_fails(
    demo_release: Path, tmp_path: Path
) -> None:
    code, text = call("standards", demo_release / "public" / "tables_for_machines.xlsx")
    lines = [line.split("\t") for line in text.splitlines()]
    assert code == 0
    assert lines[0] == ["file", "standard", "item", "verdict", "place", "statement", "told"]
    assert len(lines) == 1 + 15 + 35
    path = tmp_path / "bad.csv"
    path.write_text("年,人口\n2024,5\n2025,\n2026,\n", encoding="utf-8")
    code, text = call("standards", path)
    (line,) = (line.split("\t") for line in text.splitlines() if "\t1-13\t" in line)
    assert (code, line[3:5]) == (1, ["fail", "B3"])
    code, text = call("standards", path, "--failed")
    failed = [line.split("\t")[3] for line in text.splitlines()[1:]]
    assert (code, set(failed)) == (1, {"fail"})
    code, text = call("standards", demo_release / "public" / "tables_for_machines.xlsx", "--failed")
    assert (code, len(text.splitlines())) == (0, 1)


def test_the_command_as_json_tells_every_place(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("年,人口,世帯\n2024,5,2\n", encoding="utf-8")
    code, text = call("standards", path, "--json")
    found = {(each["standard"], each["item"]): each for each in json.loads(text)}
    assert code == 1
    units = found["machine-readable", "1-9"]
    assert [fault["cell"] for fault in units["faults"]] == ["B1", "C1"]
    assert set(units) == {
        "file", "standard", "title", "item", "is_essential", "statement", "verdict", "reason", "faults",
    }  # fmt: skip
    assert found["accessible", "1"]["is_essential"]
    assert not found["accessible", "2"]["is_essential"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["standards", str(tmp_path / "none.csv")])
    assert result.exit_code == 11
    assert "no-table-file" in result.stderr
