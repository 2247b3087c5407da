"""Synthetic returns of declared years, written into the forms and put into a home's inbox."""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.clock import JAPAN
from pipeline.collect.collect import SYNTHETIC_MARK, is_temporary
from pipeline.collect.ledger import read_ledger
from pipeline.demo.fills import Fills, ReturnFill
from pipeline.demo.handwriting import CellValue, write_by_hand
from pipeline.demo.solve import solve
from pipeline.demo.targets import Targets, demo_folder, load_targets
from pipeline.demo.taste import Neighbour
from pipeline.demo.world import draw
from pipeline.forms.previous import PreviousAnswers
from pipeline.forms.write import write_form
from pipeline.home import Home, write_atomically
from pipeline.workbook import UnreadableWorkbookError, open_workbook
from schemas.errors import DeclarationError, UsageError
from schemas.form_layout import IDENTITY_CELLS, IDENTITY_SHEET, Slot
from schemas.questionnaire import Calendar
from schemas.survey import Survey, YearDeclarations

FILE_NAMES = ("{code}_{name}.xlsx", "【{name}】{year}年度回答.xlsx", "{name}_回答.xlsx", "{code}{name}（回答）.xlsx")
DECOMPOSED = 0.05
"""How many file names come from a computer that writes が as か and a mark."""
STAMP = "demo.json"
LOCK = ".writer.lock"


@dataclass(frozen=True)
class DemoFile:
    """One file for the inbox and the moment at which it arrived."""

    name: str
    content: bytes
    arrived_at: datetime


@dataclass
class DemoYears:
    """The answers of a survey's demo years; a year that lies near another is solved from it."""

    survey: Survey
    _fills: dict[int, Fills] = field(default_factory=dict)
    _declarations: dict[int, YearDeclarations] = field(default_factory=dict)

    def declarations(self, year: int) -> YearDeclarations:
        """The declarations of a year."""
        if year not in self._declarations:
            self._declarations[year] = self.survey.load_year(year)
        return self._declarations[year]

    def targets(self, year: int) -> Targets:
        """The targets of a year."""
        return load_targets(self.survey, self.declarations(year))

    def fills(self, year: int, *, waiting: tuple[int, ...] = ()) -> Fills:
        """Every return's answers. Raises DeclarationError for years that lie near one another in a circle."""
        if year in waiting:
            raise DeclarationError(
                reference="circular-near", where=f"data/demo/{year}.yaml", found=" -> ".join(map(str, waiting)),
                fix="let one of the years stand alone, without near",
            )  # fmt: skip
        if year not in self._fills:
            targets = self.targets(year)
            neighbour, later = None, year
            if targets.near is not None:
                neighbour = Neighbour(targets.near, self.fills(targets.near, waiting=(*waiting, year)))
                later = max(year, targets.near)
            self._fills[year] = solve(
                self.declarations(year), targets, seed=targets.seed, neighbour=neighbour,
                step_rules=self.declarations(later).rules,
            )  # fmt: skip
        return self._fills[year]

    def cells(self, year: int, code: str) -> dict[Slot, CellValue]:
        """What a municipality writes into its form."""
        return write_by_hand(self.declarations(year), self.fills(year)[code], seed=self.targets(year).seed)

    def previous(self, year: int) -> dict[str, PreviousAnswers]:
        """The answers of the year before, as they stand beside the questions; empty for the first year."""
        if year - 1 not in self.survey.years:
            return {}
        declarations = self.declarations(year - 1)
        return {code: _previous_texts(declarations, fill) for code, fill in self.fills(year - 1).items()}

    def returns(self, year: int) -> Iterator[tuple[str, DemoFile]]:
        """Every clean return of a year as a file, with its municipality's code."""
        declarations, previous = self.declarations(year), self.previous(year)
        for municipality in declarations.municipalities:
            content = write_form(
                declarations, municipality, previous=previous.get(municipality.code),
                fill=self.cells(year, municipality.code), is_synthetic=True,
            )  # fmt: skip
            name = file_name(year, municipality.code, municipality.name)
            arrived_at = arrival(declarations.questionnaire.calendar, year, municipality.code)
            yield municipality.code, DemoFile(name, content, arrived_at)


def make_demo(home: Home, survey: Survey, *, years: Sequence[int], with_errors: bool = False) -> list[Path]:
    """Put synthetic returns of the years into the home's inbox; returns their paths. Made again, no byte changes.

    `with_errors` seeds known errors into the last of the years and writes their key beside the inbox; the year
    before it is made too, clean, where it is declared. The caller holds the home's writer lock.

    Raises UsageError for a home that holds real returns and, with errors, for any home that is not empty.
    """
    if with_errors:
        _refuse_used(home)
        return _make_mistaken(home, survey, max(years))
    _refuse_real(home, survey)
    paths: list[Path] = []
    demo = DemoYears(survey)
    for year in years:
        fingerprint = _fingerprint(survey, year)
        found = _stamped(home, year, fingerprint)
        if found is None:
            found = put_files(home, year, [file for _, file in demo.returns(year)], fingerprint)
        paths += found
    return paths


def _make_mistaken(home: Home, survey: Survey, year: int) -> list[Path]:
    from pipeline.demo.mistakes import make_mistakes

    demo = DemoYears(survey)
    paths: list[Path] = []
    if year - 1 in survey.years:
        paths += put_files(home, year - 1, [f for _, f in demo.returns(year - 1)], _fingerprint(survey, year - 1))
    mistaken = make_mistakes(demo, year)
    paths += put_files(home, year, mistaken.files, "with errors")
    key = json.dumps([error.model_dump() for error in mistaken.key], ensure_ascii=False, indent=2)
    write_atomically(answer_key(home, year), f"{key}\n".encode())
    return paths


def answer_key(home: Home, year: int) -> Path:
    """Where the key to the seeded errors of a year is written."""
    return home.root / f"answer_key_{year}.json"


def put_files(home: Home, year: int, files: Sequence[DemoFile], fingerprint: str) -> list[Path]:
    """Write files into a year's inbox at their times of arrival, and a stamp by which they are known again."""
    stamps = _read_stamps(home)
    for old in stamps.get(str(year), {}).get("files", {}):
        if old not in {file.name for file in files}:
            (home.inbox(year) / old).unlink(missing_ok=True)
    paths: list[Path] = []
    for file in sorted(files, key=lambda file: (file.arrived_at, file.name)):
        path = home.inbox(year) / file.name
        write_atomically(path, file.content)
        os.utime(path, (file.arrived_at.timestamp(),) * 2)
        paths.append(path)
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    stamps[str(year)] = {"fingerprint": fingerprint, "files": digests}
    write_atomically(home.root / STAMP, json.dumps(stamps, ensure_ascii=False, indent=1, sort_keys=True).encode())
    return paths


def _read_stamps(home: Home) -> dict[str, Any]:
    path = home.root / STAMP
    stamps: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return stamps


def _stamped(home: Home, year: int, fingerprint: str) -> list[Path] | None:
    """The year's files where all of them stand unchanged as these declarations and this code would make them."""
    stamp = _read_stamps(home).get(str(year), {})
    if stamp.get("fingerprint") != fingerprint:
        return None
    paths = {home.inbox(year) / name: digest for name, digest in stamp["files"].items()}
    if all(path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == d for path, d in paths.items()):
        return sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name))
    return None


def _fingerprint(survey: Survey, year: int) -> str:
    """SHA-256 over what the year's demo returns follow from: declarations, targets and the code that makes them."""
    digest = hashlib.sha256(str(year).encode())
    packages = [Path(__file__).parent, Path(__file__).parents[1] / "forms"]
    code = [path for package in packages for path in package.glob("*.py")]
    for path in sorted([*code, *demo_folder(survey).glob("*.yaml")]):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    for declared in survey.years:
        digest.update(survey.fingerprint(declared).encode())
    return digest.hexdigest()


def _refuse_used(home: Home) -> None:
    found = [path.name for path in home.root.iterdir() if path.name != LOCK] if home.root.exists() else []
    if found:
        raise UsageError(
            reference="home-not-empty", where=str(home.root), found=", ".join(sorted(found)[:5]),
            expected="an empty home for returns with errors", fix="name an empty folder: kyogikai --home DIR demo --errors",
        )  # fmt: skip


def _refuse_real(home: Home, survey: Survey) -> None:
    real = [f"{r.year}/{r.file_name}" for r in read_ledger(home.ledger) if r.event == "accepted" and not r.is_synthetic]
    stamps = _read_stamps(home)
    for year in survey.years:
        own = stamps.get(str(year), {}).get("files", {})
        folder = home.inbox(year)
        files = [p for p in sorted(folder.rglob("*")) if p.is_file() and not is_temporary(p)] if folder.exists() else []
        real += [f"{year}/{path.name}" for path in files if path.name not in own and not _is_synthetic(path)]
    if real:
        raise UsageError(
            reference="home-holds-real-returns", where=str(home.root), found=", ".join(real[:5]),
            expected="a home without real returns", fix="name another folder: kyogikai --home DIR demo",
        )  # fmt: skip


def _is_synthetic(path: Path) -> bool:
    try:
        workbook = open_workbook(path.read_bytes())
    except UnreadableWorkbookError:
        return False
    return workbook.at(IDENTITY_SHEET, IDENTITY_CELLS["synthetic"]).text == SYNTHETIC_MARK


def file_name(year: int, code: str, name: str) -> str:
    """What a municipality calls its file."""
    text = FILE_NAMES[int(draw("file", year, code) * len(FILE_NAMES))].format(code=code, name=name, year=year)
    return unicodedata.normalize("NFD", text) if draw("decomposed", code) < DECOMPOSED else text


def arrival(calendar: Calendar, *words: object) -> datetime:
    """A moment in office hours between the day the forms went out and the deadline, rather late than early."""
    days = (calendar.deadline - calendar.forms_out).days
    day = calendar.forms_out + timedelta(days=1 + int((days - 1) * draw("day", *words) ** 0.5))
    day = max(calendar.forms_out, day - timedelta(days=max(0, day.weekday() - 4)))
    seconds = 9 * 3600 + int(8 * 3600 * draw("time", *words))
    return datetime(day.year, day.month, day.day, tzinfo=JAPAN) + timedelta(seconds=seconds)


def _previous_texts(declarations: YearDeclarations, fill: ReturnFill) -> PreviousAnswers:
    """Answers as the form shows them a year later: a text, and a ○ beside each chosen option."""
    names = {entity.entity_id: entity.name for entity in declarations.reference.register}
    found: dict[tuple[str, int, str | None], str] = {}
    for rows in fill.rows.values():
        for row_no, row in enumerate(rows, start=1):
            for question_id, answer in row.answers.items():
                question = declarations.questionnaire.questions[question_id]
                labels = {option.code: option.label.ja for option in question.choices}
                for value in answer if isinstance(answer, tuple) else (answer,):
                    text = str(value)
                    found[question_id, row_no, None] = labels.get(text) or names.get(text, text)
                    if text in labels or text in names:
                        found[question_id, row_no, text] = "○"
    return found
