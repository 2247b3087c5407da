"""The files that are damaged: real forms filled by the demo, in every format, and a query sheet that came back filled in."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import yaml
from openpyxl.comments import Comment
from openpyxl.styles import Font

from pipeline.collect.collect import collect
from pipeline.demo.surgery import draw_shape, put_error, put_uncached_formula, replace_cell, rewrite_parts
from pipeline.demo.years import DemoFile, DemoYears
from pipeline.forms.write_table import table_lines
from pipeline.home import PROJECT_ROOT, Home
from pipeline.localise.localise import localise_returns
from pipeline.queries.issue import issue_queries
from pipeline.read.read import read_returns
from pipeline.tables import save
from pipeline.validate.validate import validate_returns
from pipeline.workbooks.opening import open_workbook
from schemas.answer_table import TableColumns, form_mark
from schemas.form_layout import IDENTITY_CELLS, IDENTITY_SHEET, Slot
from schemas.survey import Survey, YearDeclarations
from tests.fuzz.contents import Slots
from tests.fuzz.packages import package_of, parts_of
from tests.support.answer_tables import Lines, as_csv, as_workbook, saved
from tests.support.locking import lock
from tests.support.office import saved_as
from tests.support.queries import CONFIRM, CORRECT, UNKNOWN, filled

PASSWORD = "かさいたま2024"  # noqa: S105 - of a file that is made here
ASKED, EMPTY = "asked", "empty"
"""The homes into which files come: one that has sent out a query sheet, and one in which nothing has arrived."""
PLAN = Path(__file__).with_name("plan.yaml")


@dataclass(frozen=True)
class Seed:
    """A file as it may arrive: the home in which it does, its name, and its bytes."""

    home: str
    name: str
    content: bytes


@dataclass(frozen=True)
class Seeds:
    """All seeds by format, the homes, and where answers stand in a form of the demo."""

    folder: Path
    by_format: dict[str, list[Seed]]
    slots: Slots

    def home(self, name: str) -> Path:
        """The folder of a home, to be copied."""
        return self.folder / "homes" / name


def load_plan() -> dict[str, Any]:
    """What plan.yaml says."""
    plan: dict[str, Any] = yaml.safe_load(PLAN.read_text(encoding="utf-8"))
    return plan


def load_declarations(year: int) -> YearDeclarations:
    """What the survey declares for the year."""
    return Survey(PROJECT_ROOT).load_year(year)


def make_seeds(folder: Path, year: int) -> None:
    """Make every seed and home in an empty folder. Takes half a minute, and needs LibreOffice."""
    declarations = load_declarations(year)
    returns = [file for _, file in DemoYears(Survey(PROJECT_ROOT)).returns(year)][:3]
    (folder / "homes" / EMPTY).mkdir(parents=True)
    home = Home(folder / "homes" / EMPTY)
    home.passwords.write_text(yaml.safe_dump({"passwords": {"any": [PASSWORD]}}, allow_unicode=True), encoding="utf-8")
    asked = _asked_home(Home(folder / "homes" / ASKED), declarations, returns)
    found = {name: list(files) for name, files in _formats(declarations, returns).items()}
    listed: list[dict[str, str]] = []
    for kind, files in {**found, "query": asked}.items():
        for number, (name, content) in enumerate(files):
            (folder / f"{kind}-{number}").write_bytes(content)
            home_name = ASKED if kind == "query" else EMPTY
            listed.append({"format": kind, "home": home_name, "name": name, "file": f"{kind}-{number}"})
    slots = _places(returns[0].content, declarations)
    (folder / "seeds.json").write_text(json.dumps({"files": listed, "slots": slots}), encoding="utf-8")


def load_seeds(folder: Path) -> Seeds:
    """The seeds that were made in a folder."""
    told = json.loads((folder / "seeds.json").read_text(encoding="utf-8"))
    by_format: dict[str, list[Seed]] = {}
    for one in told["files"]:
        seed = Seed(one["home"], one["name"], (folder / one["file"]).read_bytes())
        by_format.setdefault(one["format"], []).append(seed)
    return Seeds(folder, by_format, Slots(tuple((part, address) for part, address in told["slots"])))


def _places(content: bytes, declarations: YearDeclarations) -> list[tuple[str, str]]:
    """Every answer cell as the part of the package and the address."""
    names = re.findall(r'<sheet name="([^"]*)"', dict(parts_of(content))["xl/workbook.xml"].decode())
    parts = {name: f"xl/worksheets/sheet{number}.xml" for number, name in enumerate(names, start=1)}
    return [(parts[slot.sheet], slot.address) for slot in declarations.layout.slots]


def _formats(declarations: YearDeclarations, returns: list[DemoFile]) -> dict[str, Iterator[tuple[str, bytes]]]:
    first, second, third = returns
    rich = _rich(second.content, declarations)
    other = _resaved(third.content, declarations)
    ods, xls = _undated(saved_as(rich, "ods")), saved_as(rich, "xls")
    forms = {first.name: first.content, f"提出/{second.name}": ods, third.name.replace(".xlsx", ".xls"): xls}
    return {
        "xlsx": iter([(first.name, first.content), (second.name, rich), (third.name, other)]),
        "xlsm": iter([(first.name.replace(".xlsx", ".xlsm"), _with_macros(rich))]),
        "ods": iter([(second.name.replace(".xlsx", ".ods"), ods)]),
        "xls": iter([(second.name.replace(".xlsx", ".xls"), xls)]),
        "zip": iter([("回答一式.zip", package_of(list(forms.items())))]),
        "table": (
            (f"回答一覧_{coding}.csv", as_csv(_lines(returns, declarations), coding, delimiter))
            for coding, delimiter in (("utf-8-sig", ","), ("utf-16", "\t"), ("cp932", ","), ("utf-8", ";"))
        ),
        "table-xlsx": iter([("回答一覧.xlsx", saved(as_workbook(_lines(returns, declarations))))]),
        "locked": iter([(first.name, lock(first.content, PASSWORD))]),
    }


def _lines(returns: list[DemoFile], declarations: YearDeclarations) -> Lines:
    """The year's table with the answers of these returns; in letters that every coding has."""
    slots = TableColumns(declarations.questionnaire, declarations.layout).slots.values()
    heads, labels, *rows = table_lines(declarations)
    lines: Lines = [heads, labels]
    for file in returns:
        workbook = open_workbook(file.content)
        code = workbook.at(IDENTITY_SHEET, IDENTITY_CELLS["code"]).text
        own = next(row for row in rows if row[0] == code)
        mark = form_mark(declarations.questionnaire, is_synthetic=True)
        texts = [workbook.cell(slot.sheet, slot.row, slot.column).text for slot in slots]
        lines.append([*own[:2], mark, *(text.encode("cp932", "ignore").decode("cp932") for text in texts)])
    return lines


def _undated(content: bytes) -> bytes:
    """The same without the times of saving, so that the same form gives the same bytes."""
    return package_of([(name, text) for name, text in parts_of(content) if name != "meta.xml"])


def _counts(declarations: YearDeclarations) -> list[Slot]:
    questions = declarations.questionnaire.questions
    return [slot for slot in declarations.layout.slots if questions[slot.question_id].type == "count"]


def _rich(content: bytes, declarations: YearDeclarations) -> bytes:
    """The form with what people and programs leave in it: an error, formulas, shapes, a date."""
    slots = declarations.layout.slots
    counts = _counts(declarations)
    changed = put_error(content, counts[0].sheet, counts[0].address)
    changed = put_uncached_formula(changed, counts[1].sheet, counts[1].address)
    changed = replace_cell(changed, counts[2].sheet, counts[2].address, "<f>3+4</f><v>7</v>")
    return draw_shape(changed, slots[4].sheet, slots[4].address, text="別紙参照")


def _resaved(content: bytes, declarations: YearDeclarations) -> bytes:
    """The form as another program saves it, with a comment, merged cells, a hidden row and letters struck out."""
    book = openpyxl.load_workbook(BytesIO(content))
    counts = _counts(declarations)
    sheet = book[counts[0].sheet]
    sheet[counts[0].address].comment = Comment("昨年と同じ", "担当")
    sheet[counts[0].address].font = Font(strike=True)
    sheet.row_dimensions[counts[0].row].hidden = True
    other = book[counts[-1].sheet]
    other.merge_cells(start_row=60, end_row=61, start_column=2, end_column=3)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _with_macros(content: bytes) -> bytes:
    """The form with a part for programs."""
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    changed = rewrite_parts(
        content, lambda _, text: text.replace(plain, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")
    )
    return package_of([*parts_of(changed), ("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))])


def _asked_home(home: Home, declarations: YearDeclarations, returns: list[DemoFile]) -> list[tuple[str, bytes]]:
    """A home with two returns in which something is to be asked; gives the query sheets, filled in."""
    year = declarations.year
    home.inbox(year).mkdir(parents=True)
    for file, word in zip(returns[:2], ("約5", "多数"), strict=True):
        content = file.content
        for slot in _counts(declarations)[:3]:
            content = replace_cell(content, slot.sheet, slot.address, f"<is><t>{word}</t></is>", kind="inlineStr")
        (home.inbox(year) / file.name).write_bytes(content)
    collect(home, declarations)
    save(home, year, read_returns(home, declarations))
    save(home, year, validate_returns(home, declarations))
    save(home, year, localise_returns(home, declarations))
    sheets = []
    for path in issue_queries(home, declarations):
        rows: list[tuple[str, Any, str]] = [
            (CORRECT, 5, "数え直した"),
            (CONFIRM, None, ""),
            (CORRECT, "１２件", ""),
            (UNKNOWN, None, ""),
        ]
        sheets.append((path.name, filled(path.read_bytes(), rows)))
    for name in ("inbox", "work", "queries"):
        shutil.rmtree(home.root / name / str(year))
    home.inbox(year).mkdir(parents=True)
    return sheets
