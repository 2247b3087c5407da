"""Two releases side by side: what differs, with its cause; the 正誤表 and the marks on later releases that follow."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import docx
import pytest

from pipeline.audit.rebuild import rebuild_release
from pipeline.audit.verify import verify_release
from pipeline.home import Home
from pipeline.publish.compare import Cause, Comparison, compare, read_side
from pipeline.publish.release import release_year
from pipeline.publish.stale import stale_mark, stale_releases
from pipeline.run import open_run, run_year
from schemas.errors import InputError
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import kyogikai
from tests.support.corrections import correction, put_corrections
from tests.support.judging import put_returns
from tests.support.two_years import FIRST, SECOND, send
from tests.support.workbooks import evacuation_answers, write_workbook

CODE, OTHER = "332020", "331007"
PLACE = ("plan_count", 1, None)

FIGURES = f"schemas/figures/{YEAR}.yaml"
HALF_UP_TO_TWO, HALF_UP_TO_ONE = "{mode: half_up, digits: 2}", "{mode: half_up, digits: 1}"


@pytest.fixture(scope="module")
def issued_home(finished_home: Home, second_survey: Survey, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The finished home with its first release, which `release` finds where nothing has changed."""
    home = Home(tmp_path_factory.mktemp("issued") / "home")
    shutil.copytree(finished_home.root, home.root)
    release_year(home, second_survey, YEAR, by="試験")
    return home


@pytest.fixture
def ready(issued_home: Home, tmp_path: Path) -> Home:
    """A copy of the home with its first release, to be changed freely."""
    shutil.copytree(issued_home.root, tmp_path / "ready")
    return Home(tmp_path / "ready")


def release(home: Home, survey: Survey, year: int = YEAR) -> Path:
    run_year(open_run(home, survey, year))
    return release_year(home, survey, year, by="試験")


def send_again(home: Home, declarations: YearDeclarations, code: str, **answers: object) -> None:
    """Another return of a municipality, in which these questions, or `question/option`, are answered otherwise."""
    municipality = next(m for m in declarations.municipalities if m.code == code)
    edits = {(name.partition("/")[0], 1, name.partition("/")[2] or None): value for name, value in answers.items()}
    content = write_workbook(declarations, code, {**evacuation_answers(declarations, municipality), **edits})
    (home.inbox(declarations.year) / f"{code}_{municipality.name}（差替）.xlsx").write_bytes(content)


def copied(survey: Survey, folder: Path) -> Survey:
    """The survey in a folder where its declarations may be changed, but not its models."""
    shutil.copytree(survey.root, folder / "survey", ignore=shutil.ignore_patterns("dbt_project"))
    (folder / "survey" / "dbt_project").symlink_to(survey.root / "dbt_project")
    return Survey(folder / "survey")


def redeclare(survey: Survey, old: str, new: str) -> None:
    """Change the declaration of the year's figures, which holds the old text once."""
    path = survey.root / FIGURES
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def compared(first: Path, second: Path) -> Comparison:
    return compare(read_side(first), read_side(second))


def test_a_release_does_not_differ_from_itself(ready: Home, second_survey: Survey) -> None:
    folder = release(ready, second_survey)
    same = compared(folder, folder)
    assert (same.inputs, same.figures, same.rows, same.cells) == ((), (), (), ())


def test_a_new_return_and_a_correction_are_told_apart(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    first = release(ready, second_survey)
    send_again(ready, second_declarations, OTHER, plan_count=20)
    put_corrections(ready, YEAR, correction(second_declarations, CODE, PLACE, expect=12, to=15))
    second = release(ready, second_survey)
    found = compared(first, second)
    assert set(found.inputs) == {"corrections", "receipts", "returns"}
    causes = (Cause("correction", "by-telephone"), Cause("return", OTHER))
    assert {figure.figure_id: figure.causes for figure in found.figures} == {
        "plans.total": causes,
        "plans.mean": causes,
    }
    rows = {row.municipality_code: (row.value_before, row.value_after) for row in found.rows}
    assert rows == {CODE: (12, 15), OTHER: (12, 20)}
    cells = {cell.municipality_code: (cell.before, cell.after, cell.cause) for cell in found.cells}
    assert cells[CODE] == ("12", "15", Cause("correction", "by-telephone"))
    assert cells[OTHER][1:] == ("20", Cause("return", OTHER))
    assert len(found.cells) == 2
    back = compared(second, first)
    assert [(f.before, f.after) for f in back.figures] == [(f.after, f.before) for f in found.figures]


def test_a_return_that_had_not_come_is_no_replacement_and_what_it_completes_was_not_wrong(
    waived: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    first = release(waived, second_survey)
    waived.waivers(YEAR).unlink()
    put_returns(waived, second_declarations, {})
    second = release(waived, second_survey)
    found = compared(first, second)
    assert {cause for figure in found.figures for cause in figure.causes} == {Cause("late_return", OTHER)}
    asked = len(second_declarations.municipalities)
    for folder, received in ((first, asked - 1), (second, asked)):
        told = f"調査対象：{asked}市町村、回答：{received}市町村"
        assert told in (folder / "public" / "report.txt").read_text(encoding="utf-8")
    said = kyogikai("diff", str(first), str(second), home=waived.root, survey=second_survey.root).out
    blank = sum(not cell.after for cell in found.cells)
    assert f"{OTHER}: {blank} blank cells of a return that only one of them has" in said
    assert "(no return) → (blank)" not in said
    text = (second / "public" / "errata.txt").read_text(encoding="utf-8")
    assert "未提出であった回答の追加（1市町村）" in text
    assert "差し替え" not in text
    assert "計画数　旧：" in text
    assert "誤：" not in text


def test_a_changed_declaration_is_named_where_no_answer_changed(
    ready: Home, second_survey: Survey, tmp_path: Path
) -> None:
    survey = copied(second_survey, tmp_path)
    first = release(ready, survey)
    redeclare(survey, HALF_UP_TO_TWO, HALF_UP_TO_ONE)
    (figure,) = compared(first, release(ready, survey)).figures
    assert figure.figure_id == "plans.mean"
    assert figure.causes == (Cause("declaration", FIGURES),)


def test_a_changed_definition_is_named_beside_the_answer_that_changed_too(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations, tmp_path: Path
) -> None:
    survey = copied(second_survey, tmp_path)
    first = release(ready, survey)
    redeclare(survey, HALF_UP_TO_TWO, HALF_UP_TO_ONE)
    put_corrections(ready, YEAR, correction(second_declarations, CODE, PLACE, expect=12, to=15))
    causes = {figure.figure_id: figure.causes for figure in compared(first, release(ready, survey)).figures}
    corrected, defined = Cause("correction", "by-telephone"), Cause("declaration", FIGURES)
    assert causes == {"plans.total": (corrected,), "plans.mean": (corrected, defined)}


def test_a_figure_that_is_no_longer_declared_is_told_by_the_name_it_had(
    ready: Home, second_survey: Survey, tmp_path: Path
) -> None:
    survey = copied(second_survey, tmp_path)
    release(ready, survey)
    figures = (survey.root / FIGURES).read_text(encoding="utf-8")
    (line,) = [line for line in figures.splitlines(keepends=True) if "participation.all" in line]
    redeclare(survey, line, "")
    second = release(ready, survey)
    text = (second / "public" / "errata.txt").read_text(encoding="utf-8")
    assert "項目：参加数　誤：19連携　正：（なし）　原因：調査票、登録簿又は集計方法の定義の変更" in text


def test_a_name_and_a_text_that_change_alone_are_told(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations, tmp_path: Path
) -> None:
    survey = copied(second_survey, tmp_path)
    first = release(ready, survey)
    old = second_declarations.figures["plans.total"].label.ja
    redeclare(survey, f"ja: {old}, en: Plans}}, ", "ja: 作成した計画の数, en: Plans}, ")
    template = survey.report_folder / f"{YEAR}.md"
    template.write_text(template.read_text(encoding="utf-8") + "\n以上である。\n", encoding="utf-8")
    second = release(ready, survey)
    found = compared(first, second)
    assert found.figures == ()
    assert [(c.figure_id, c.before, c.after) for c in found.labels] == [("plans.total", old, "作成した計画の数")]
    assert found.texts == (f"schemas/reports/{YEAR}.md",)
    text = (second / "public" / "errata.txt").read_text(encoding="utf-8")
    assert f"旧名称：{old}　新名称：作成した計画の数" in text
    assert "報告書の文章を改める。" in text
    assert text.endswith(f"公表　{second_declarations.questionnaire.sender}\n")
    said = kyogikai("diff", f"{YEAR}/r1", f"{YEAR}/r2", home=ready.root, survey=survey.root).out
    assert f"plans.total is called 「作成した計画の数」, before 「{old}」" in said
    assert f"schemas/reports/{YEAR}.md: other words of the report" in said
    assert said.splitlines()[-1] == "0 figures, 0 rows, 0 cells differ, 1 figures are called otherwise"


def test_words_of_kinds_that_may_be_shown_no_longer_are_not_quoted_from_the_release_before(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations, tmp_path: Path
) -> None:
    survey = copied(second_survey, tmp_path)
    first = release(ready, survey)
    shown = {
        row["figure_id"]: row for row in read_side(first).figures.to_dicts() if row["figure_id"].startswith("measure")
    }
    telling = {name for name, row in shown.items() if row["unit"] in ("市", "町", "村", "市町", "市村", "町村")}
    assert telling == {"measure.none"}
    path = survey.root / "schemas" / "questionnaires" / f"{YEAR}.yaml"
    text = path.read_text(encoding="utf-8")
    said = "label: {ja: 実施している取組, en: Measures}\n            type: multiple\n            disclosure: "
    assert text.count(f"{said}public") == 1
    path.write_text(text.replace(f"{said}public", f"{said}aggregate"), encoding="utf-8")
    send_again(ready, second_declarations, OTHER, **{"measure/none": None, "measure/training": "〇"})
    second = release(ready, survey)
    text = (second / "public" / "errata.txt").read_text(encoding="utf-8")
    display = shown["measure.none"]["display"]
    assert f"誤：{display}市町村　正：{int(display) - 1}市町村" in text
    assert "公表の方針により、1項目で、該当する市町村の種別を単位の語で示さないこととする。" in text
    with (second / "public" / "errata.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["figure_id"].startswith("measure")]
    assert {row["figure_id"] for row in rows} == {"measure.none", "measure.training"}
    assert {row[unit] for row in rows for unit in ("before_unit", "after_unit")} == {"市町村"}


def test_a_correction_that_is_made_no_longer_is_told_as_such(revised: Home, second_survey: Survey) -> None:
    revised.corrections(YEAR).unlink()
    last = release(revised, second_survey)
    assert last.name == "r3"
    found = compared(revised.releases(YEAR) / "r2", last)
    withdrawn = Cause("withdrawn_correction", "by-telephone")
    assert {cause for figure in found.figures for cause in figure.causes} == {withdrawn}
    assert [cell.cause for cell in found.cells] == [withdrawn]
    assert "回答の訂正の取りやめ（1か所）" in (last / "public" / "errata.txt").read_text(encoding="utf-8")


def test_a_damaged_release_is_not_compared(ready: Home, second_survey: Survey) -> None:
    folder = release(ready, second_survey)
    path = folder / "internal" / "contributions.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(InputError, match="release-changed"):
        read_side(folder)


def test_a_release_without_the_newest_tables_is_compared_too(ready: Home, second_survey: Survey) -> None:
    folder = release(ready, second_survey)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for name in ("corrections", "figure_corrections"):
        (folder / "internal" / f"{name}.parquet").unlink()
        del manifest["outputs"][f"internal/{name}.parquet"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert compared(folder, folder).figures == ()


@pytest.mark.parametrize("as_json", [False, True])
def test_the_command_tells_figures_rows_and_cells(
    revised: Home, second_survey: Survey, second_declarations: YearDeclarations, *, as_json: bool
) -> None:
    words = ["diff", f"{YEAR}/r1", f"{YEAR}/r2", *(["--json"] if as_json else [])]
    called = kyogikai(*words, home=revised.root, survey=second_survey.root)
    assert called.code == 0
    if as_json:
        assert {"before", "after", "inputs", "figures", "labels", "texts", "rows", "cells"} == set(called.json)
        assert called.json["cells"][0]["cause"] == {"kind": "correction", "subject": "by-telephone"}
    else:
        assert "correction by-telephone" in called.out
        name = next(m.name for m in second_declarations.municipalities if m.code == CODE)
        assert f"  {name} {CODE}: 12 counted → 15 counted" in called.out
        assert f"{name} {CODE} 計画!" in called.out
        assert called.out.splitlines()[-1] == "2 figures, 1 rows, 1 cells differ"


def test_a_revising_release_carries_a_table_of_errata_and_is_built_again(
    revised: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    first, second = (revised.releases(YEAR) / name for name in ("r1", "r2"))
    assert not list((first / "public").glob("errata.*"))
    assert "改訂" not in (first / "public" / "report.txt").read_text(encoding="utf-8")
    with (second / "public" / "errata.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["figure_id"]: row for row in csv.DictReader(file)}
    changes = {f.figure_id: (f.before, f.after) for f in compared(first, second).figures}
    shown = {name: tuple(row[part] + row[f"{part}_unit"] for part in ("before", "after")) for name, row in rows.items()}
    assert shown == changes
    assert all(float(row[part]) == float(row[f"{part}_value"]) for row in rows.values() for part in ("before", "after"))
    assert {row["causes"] for row in rows.values()} == {"correction"}
    pages = {
        path.stem: path.read_text(encoding="utf-8") for path in (second / "public" / "site" / "figures").glob("*.html")
    }
    assert {name for name, page in pages.items() if "第1版の値。のちに改訂" in page} == set(changes)
    assert all(f'<td class="right">{before}</td>' in pages[name] for name, (before, _) in changes.items())
    for edition, link in (("public", "../errata.html"), ("internal", "../../public/errata.html")):
        site = second / edition / "site"
        assert f'<a href="{link}">正誤表</a>' in (site / "index.html").read_text(encoding="utf-8")
        assert ("【内部用】" in (site / "index.html").read_text(encoding="utf-8")) == (edition == "internal")
        corrected = [
            p.stem for p in (site / "municipalities").glob("*") if 'mark">訂正した回答' in p.read_text(encoding="utf-8")
        ]
        assert corrected == [CODE]
        assert (site / "questions" / "plan_count.html").read_text(encoding="utf-8").count("（訂正した回答）") == 1
    said = "第1版（令和7年6月20日公表）を改訂した第2版であり、改訂の内容は正誤表のとおりである"
    for name in ("report.txt", "report.html"):
        assert said in (second / "public" / name).read_text(encoding="utf-8")
    text = (second / "public" / "errata.txt").read_text(encoding="utf-8")
    assert "この報告書は" not in text
    assert "第1版（令和7年6月20日公表）を、第2版（令和7年6月20日公表）で次のとおり改める。" in text
    assert "市町村に確かめた回答の訂正（1か所）" in text
    assert "項目：計画数　誤：" in text
    assert "統計表「個別避難計画の作成状況（市町村別）」：1行" in text
    package = json.loads((second / "public" / "datapackage.json").read_text(encoding="utf-8"))
    assert "errata" in {resource["name"] for resource in package["resources"]}
    (table,) = docx.Document(str(second / "public" / "errata.docx")).tables
    assert [cell.text for cell in table.rows[0].cells] == ["番号", "項目", "誤", "正", "原因"]
    assert len(table.rows) == 1 + len(rows)
    words = "\n".join(p.text for p in docx.Document(str(second / "public" / "errata.docx")).paragraphs)
    assert "市町村に確かめた回答の訂正（1か所）" in words
    names = [m.name for m in second_declarations.municipalities]
    for name in ("errata.txt", "errata.csv", "errata.html"):
        assert not [n for n in names if n in (second / "public" / name).read_text(encoding="utf-8")]
    assert rebuild_release(revised, second_survey, second) == []


def test_the_draft_of_a_revision_shows_what_it_would_revise(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    drafts = ready.drafts(YEAR)
    release(ready, second_survey)
    assert not list(drafts.glob("errata.*"))
    put_corrections(ready, YEAR, correction(second_declarations, CODE, PLACE, expect=12, to=15))
    run_year(open_run(ready, second_survey, YEAR))
    text = (drafts / "errata.txt").read_text(encoding="utf-8")
    assert "〔案（" in text
    assert "項目：計画数　誤：" in text
    assert "を改訂した第2版であり" in (drafts / "report.txt").read_text(encoding="utf-8")
    assert not (ready.releases(YEAR) / "r2").exists()
    release(ready, second_survey)
    put_corrections(ready, YEAR, correction(second_declarations, CODE, PLACE, expect=12, to=16))
    (ready.releases(YEAR) / "r2" / "public" / "rankings.parquet").write_bytes(b"")
    run_year(open_run(ready, second_survey, YEAR))
    assert not list(drafts.glob("errata.*"))
    assert (drafts / "report.txt").exists()


def test_a_release_that_changes_no_figure_says_so(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    release(ready, second_survey)
    send_again(ready, second_declarations, OTHER)
    second = release(ready, second_survey)
    assert "数値に変更はない" in (second / "public" / "errata.txt").read_text(encoding="utf-8")


def test_a_revision_marks_later_releases_that_were_compared_with_it_and_alters_none(
    first_released: Home, two_years: Survey
) -> None:
    home = first_released
    send(home, two_years, SECOND, {})
    later = release(home, two_years, SECOND)
    bytes_before = {path: path.read_bytes() for path in later.rglob("*") if path.is_file()}
    assert stale_releases(home) == {}
    put_corrections(home, FIRST, correction(two_years.load_year(FIRST), CODE, PLACE, expect=12, to=13))
    revising = release(home, two_years, FIRST)
    mark = stale_mark(later)
    assert mark is not None
    assert (mark["compared_with"], mark["revised_by"]) == (f"{FIRST}/r1", f"{FIRST}/r2")
    assert stale_mark(revising) is None
    assert {path: path.read_bytes() for path in later.rglob("*") if path.is_file()} == bytes_before
    told = kyogikai("verify", f"{SECOND}/r1", home=home.root, survey=two_years.root)
    assert told.code == 0
    assert f"stale: it was compared with {FIRST}/r1, which {FIRST}/r2 revises" in told.out
    assert verify_release(home, later).stale == mark
    assert release(home, two_years, SECOND).name == "r2"
    assert set(stale_releases(home)) == {f"{SECOND}/r1"}


def test_two_years_are_compared_by_figures_and_rows(first_released: Home, two_years: Survey) -> None:
    send(first_released, two_years, SECOND, {CODE: {PLACE: 13}})
    found = compared(first_released.releases(FIRST) / "r1", release(first_released, two_years, SECOND))
    changed = {figure.figure_id: figure for figure in found.figures}
    assert set(changed) == {"plans.total", "plans.mean", "plans.answered"}
    assert changed["plans.answered"].before is None
    assert {cause for figure in found.figures for cause in figure.causes} == {Cause("another_year")}
    assert [(r.entity_id, r.value_before, r.value_after) for r in found.rows if r.figure_id == "plans.total"] == [
        (CODE, 12, 13)
    ]
    assert found.cells == ()
