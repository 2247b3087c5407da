"""A whole year of hostile names, answers and texts: whatever goes out shows them, and nothing of them is live."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from lxml import html

from pipeline.home import Home
from schemas.survey import Survey
from tests.conftest import FIXED_NOW
from tests.support.command import kyogikai
from tests.support.two_years import FIRST, SECOND, make_two_years, send

CITY = "331007"
NAME = "=1+1<img src=x onerror=alert(1)>{{7*7}}';drop table--../市"
TEXT = '=HYPERLINK("http://evil.example")<script>alert(1)</script>{{7*7}}${x}\'; drop table raw_cells; --../../../up_x0007_\u202e#let x'
MARK = re.compile(r"HYPERLINK|onerror|drop table")
FIRST_QUESTION = "          - id: plan_count\n"
NOTE = "          - {id: note, label: {ja: 備考, en: Note}, type: text, asked_if: [{question: plan_state, in: [partial]}]}\n"
COUNT, WORDS = ("plan_count", 1, None), ("note", 1, None)
LIVE = re.compile(
    rb"<w:hyperlink|<w:object|<w:altChunk|attachedTemplate|DDEAUTO|INCLUDE|<w:instrText[^>]*>(?!\s*(?:PAGE|NUMPAGES))"
)


@dataclass(frozen=True)
class Story:
    """The home, the folder that it lies in, and what the commands said."""

    folder: Path
    home: Home
    said: str

    def files(self, *endings: str) -> list[Path]:
        """What went out, by the endings of its names."""
        kept = (self.home.root / "inbox", self.home.root / "archive")
        found = [path for path in self.home.root.rglob("*") if path.is_file() and path.suffix in endings]
        return [path for path in found if not any(path.is_relative_to(folder) for folder in kept)]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, second_survey: Survey) -> Iterator[Story]:
    """A return whose count is no number is asked for, corrected and released; then its municipality gets the next form."""
    folder = tmp_path_factory.mktemp("hostile")
    survey, home = make_two_years(second_survey, folder / "survey"), Home(folder / "home")
    roster = survey.root / "data" / "reference" / "municipalities.csv"
    roster.write_text(roster.read_text("utf-8").replace("岡山市,オ", f'"{NAME}",オ'), "utf-8")
    questions = survey.root / "schemas" / "questionnaires" / f"{FIRST}.yaml"
    questions.write_text(questions.read_text("utf-8").replace(FIRST_QUESTION, NOTE + FIRST_QUESTION), "utf-8")
    survey, said = Survey(survey.root), ""

    def call(*words: object, code: int = 0) -> None:
        nonlocal said
        called = kyogikai(*words, home=home.root, survey=survey.root)
        assert called.code == code, called.err
        said += called.out + called.err

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KYOGIKAI_NOW", FIXED_NOW)
        send(home, survey, FIRST, {CITY: {WORDS: TEXT, COUNT: TEXT}})
        call("run", FIRST, code=1)
        call("queries", FIRST)
        call("remind", FIRST)
        send(home, survey, FIRST, {CITY: {WORDS: f"+{TEXT[1:]}"}})
        call("run", FIRST)
        call("release", FIRST, "--by", TEXT.split("_x", maxsplit=1)[0])
        call("feedback", FIRST)
        call("forms", SECOND)
        call("forms", SECOND, "--table")
        yield Story(folder, home, said)


def test_no_cell_of_a_workbook_is_a_formula_of_theirs(story: Story) -> None:
    seen = set()
    for path in story.files(".xlsx"):
        for sheet in openpyxl.load_workbook(path):
            for cell in (cell for row in sheet.iter_rows() for cell in row if MARK.search(str(cell.value))):
                seen.add(path.relative_to(story.home.root).parts[0])
                assert cell.data_type != "f", f"{path} {sheet.title} {cell.coordinate}"
                assert cell.hyperlink is None, f"{path} {sheet.title} {cell.coordinate}"
    assert seen >= {"queries", "forms", "releases"}


def test_no_field_of_a_csv_file_begins_a_formula(story: Story) -> None:
    fields = [
        field
        for path in story.files(".csv")
        for row in csv.reader(path.read_text("utf-8-sig").splitlines())
        for field in row
        if MARK.search(field)
    ]
    assert fields
    assert [field for field in fields if field[0] in "=+-@\t\r"] == []


def test_no_page_has_an_element_of_theirs(story: Story) -> None:
    seen = 0
    for path in story.files(".html"):
        page = html.fromstring(path.read_bytes())
        seen += bool(MARK.search(page.text_content()))
        assert not page.xpath(
            "//@onerror | //script[contains(., 'alert(1)')] | //img[@src='x'] | //a[contains(@href, 'evil')]"
        ), path
    assert seen


def test_no_document_has_a_link_a_field_or_a_part_of_theirs(story: Story) -> None:
    seen = set()
    for path in story.files(".docx"):
        with zipfile.ZipFile(path) as archive:
            parts = [archive.read(name) for name in archive.namelist() if name.endswith((".xml", ".rels"))]
        seen |= {path.relative_to(story.home.root).parts[0] for part in parts if MARK.search(part.decode())}
        assert not any(LIVE.search(part) or b'TargetMode="External"' in part for part in parts), path
    assert seen >= {"queries", "feedback"}


def test_no_letter_commands_a_screen_and_no_template_is_filled_in(story: Story) -> None:
    texts = [path.read_text("utf-8-sig") for path in story.files(".html", ".csv", ".txt", ".json", ".md")]
    for text in (story.said, *texts):
        assert not re.search(r"[\x07\x1b\u202e]", text)
        assert "=1+1<img src=x onerror=alert(1)>49" not in text


def test_nothing_is_written_beside_the_home(story: Story) -> None:
    assert sorted(path.name for path in story.folder.iterdir()) == ["home", "survey"]
    named = [path for path in story.home.root.rglob("*") if "drop table" in path.name]
    assert {path.suffix for path in named} == {".docx", ".xlsx"}
