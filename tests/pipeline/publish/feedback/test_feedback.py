"""A page for each municipality: its own answers, of others nothing but counts, from the release's own files."""

from __future__ import annotations

import shutil
from pathlib import Path

import docx
import polars as pl
import pytest

from pipeline.audit.listing import list_findings
from pipeline.home import PROJECT_ROOT, Home
from pipeline.publish.digest import report_digest
from pipeline.publish.feedback.write import write_feedback
from pipeline.publish.release import release_year
from pipeline.run import open_run, run_year
from pipeline.warehouse.released import read_manifest
from schemas.errors import InputError
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import kyogikai
from tests.support.corrections import correction, put_corrections
from tests.support.two_years import FIRST, SECOND, send
from tests.support.waivers import waive
from tests.support.workbooks import usual_workbook

CODE, PLACE = "332020", ("plan_count", 1, None)
LATER = "2026-06-20T09:00:00+09:00"


@pytest.fixture(scope="module")
def corrected(
    finished_home: Home, second_survey: Survey, second_declarations: YearDeclarations, tmp_path_factory: pytest.TempPathFactory
) -> Home:  # fmt: skip
    """A home whose release rests on a correction, with the pages of that release. Tests must not write to it."""
    home = Home(tmp_path_factory.mktemp("fed") / "home")
    shutil.copytree(finished_home.root, home.root)
    put_corrections(home, YEAR, correction(second_declarations, CODE, PLACE, expect=12, to=15))
    run_year(open_run(home, second_survey, YEAR))
    write_feedback(home, second_survey, release_year(home, second_survey, YEAR, by="試験"))
    return home


def page(home: Home, code: str, year: int = YEAR) -> tuple[list[str], dict[str, list[str]]]:
    """The paragraphs of a municipality's page, and the row of each question."""
    (path,) = home.feedback(year).glob(f"r1/{code}_*.docx")
    file = docx.Document(str(path))
    rows = {row.cells[0].text: [cell.text for cell in row.cells[1:]] for table in file.tables for row in table.rows}
    return [p.text for p in file.paragraphs], rows


def test_every_municipality_has_a_page_named_after_it(corrected: Home, second_declarations: YearDeclarations) -> None:
    names = sorted(path.name for path in corrected.feedback(YEAR).glob("r1/*"))
    assert names == sorted(f"{m.code}_{m.name}.docx" for m in second_declarations.municipalities)


def test_a_page_says_what_was_answered_and_how_many_answered_alike(corrected: Home) -> None:
    release = corrected.releases(YEAR) / "r1"
    answers = pl.read_parquet(release / "internal" / "answers.parquet").filter(pl.col("question_id") == "plan_state")
    own = answers.filter(pl.col("municipality_code") == CODE)["value_code"][0]
    alike = answers.filter(pl.col("value_code") == own)["municipality_code"].n_unique()
    _, rows = page(corrected, CODE)
    labels = {"complete": "全員分を作成", "partial": "一部を作成", "not_started": "未作成"}
    assert rows["【計画の作成状況】個別避難計画の作成"] == [labels[own], f"{alike}／27"]
    assert rows["作成済みの計画数"][0] == "15件"


def test_a_page_tells_what_was_corrected_by_whose_authority_and_of_which_release_it_is(corrected: Home) -> None:
    texts, _ = page(corrected, CODE)
    assert any("「12」を「15」に訂正。電話で確認した（課長）" in text for text in texts)
    digest = report_digest(read_manifest(corrected.releases(YEAR) / "r1"))
    assert texts[-1] == f"第1版　照合番号　{digest}"
    assert texts[-2] == "令和7年6月20日公表　県危機管理担当課"
    others, _ = page(corrected, "331007")
    assert "訂正した箇所はありません。" in others


def test_pages_are_written_again_with_the_same_bytes_and_old_ones_go(
    corrected: Home, second_survey: Survey, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(corrected.root, home.root)
    folder = home.feedback(YEAR) / "r1"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "330000_旧市.docx").write_bytes(b"old")
    write_feedback(home, second_survey, home.releases(YEAR) / "r1")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", ["internal/answers.parquet", "internal/findings.parquet", "public/figures.parquet"])
def test_pages_of_a_changed_release_are_refused(
    corrected: Home, second_survey: Survey, tmp_path: Path, name: str
) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(corrected.root, home.root)
    shutil.rmtree(home.feedback(YEAR))
    (home.releases(YEAR) / "r1" / name).write_bytes(b"other")
    with pytest.raises(InputError, match="release-changed"):
        write_feedback(home, second_survey, home.releases(YEAR) / "r1")
    assert not home.feedback(YEAR).exists()


def test_a_question_declared_otherwise_since_is_refused_and_a_new_look_is_not(
    corrected: Home, second_survey: Survey, tmp_path: Path
) -> None:
    home, survey = Home(tmp_path / "home"), Survey(tmp_path / "survey")
    shutil.copytree(corrected.root, home.root)
    shutil.copytree(second_survey.root, survey.root)
    prose = survey.report_folder / f"{YEAR}.md"
    prose.write_text(prose.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert write_feedback(home, survey, home.releases(YEAR) / "r1")
    path = survey.declarations / "questionnaires" / f"{YEAR}.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="declarations-changed"):
        write_feedback(home, survey, home.releases(YEAR) / "r1")


def test_another_years_declaration_decides_nothing_on_the_page(
    first_released: Home, two_years: Survey, tmp_path: Path
) -> None:
    survey = Survey(tmp_path / "survey")
    shutil.copytree(two_years.root, survey.root)
    release = first_released.releases(FIRST) / "r1"
    for year in (SECOND, FIRST):
        path = survey.declarations / "questionnaires" / f"{year}.yaml"
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        if year == SECOND:
            assert write_feedback(first_released, survey, release)
    with pytest.raises(InputError, match="declarations-changed"):
        write_feedback(first_released, survey, release)


def test_what_was_waived_and_counted_is_told_too(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    municipality = next(m for m in second_declarations.municipalities if m.code == CODE)
    content = usual_workbook(second_declarations, municipality, {PLACE: "十件くらい"})
    (ready.inbox(YEAR) / "again.xlsx").write_bytes(content)
    run_year(open_run(ready, second_survey, YEAR))
    findings = [row["waiver_key"] for row in list_findings(ready, YEAR) if row["severity"] == "error"]
    waive(ready, findings)
    run_year(open_run(ready, second_survey, YEAR))
    write_feedback(ready, second_survey, release_year(ready, second_survey, YEAR, by="試験"))
    paragraphs, _ = page(ready, CODE)
    assert any("十件くらい" in text for text in paragraphs)


def test_last_years_answers_are_those_of_the_release_it_was_compared_with(
    first_released: Home, two_years: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = first_released
    monkeypatch.setenv("KYOGIKAI_NOW", LATER)
    send(home, two_years, SECOND, {})
    run_year(open_run(home, two_years, SECOND))
    release = release_year(home, two_years, SECOND, by="試験")
    write_feedback(home, two_years, release)
    _, rows = page(home, CODE, SECOND)
    answer, before, _ = rows["作成済みの計画数"]
    assert before == answer == "12件"
    assert rows["設問"][1] == "令和7年度の回答"
    manifest = home.releases(FIRST) / "r1" / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="release-gone"):
        write_feedback(home, two_years, release)


def test_the_command_names_the_release_and_refuses_one_that_is_not_there(corrected: Home, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(corrected.root, home.root)
    survey = PROJECT_ROOT / "tests" / "second_survey"
    called = kyogikai("feedback", YEAR, "--release", "r1", home=home.root, survey=survey)
    assert (called.code, "pages: 27" in called.out) == (0, True)
    assert kyogikai("feedback", YEAR, "--release", "r7", home=home.root, survey=survey).code == 2
