"""Every kind of bad file and bad cell is a finding that names file, sheet and cell, and costs no other return anything."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from pipeline.audit.listing import list_findings, list_status
from pipeline.home import Home
from pipeline.tables import load
from schemas.survey import YearDeclarations
from tests.conftest import FIXED_NOW, SECOND_YEAR
from tests.support.judging import judge_returns
from tests.support.locking import lock
from tests.support.workbooks import evacuation_answers, identity_of, write_workbook

Answers = dict[tuple[str, int, str | None], Any]
COUNT, STATE, TRAINING = ("plan_count", 1, None), "plan_state", ("measure", 1, "training")
NETWORK = ("network", 1, None)


@dataclass(frozen=True)
class Bad:
    """A kind of bad input: what is sent, the rule that must find it, and where; `{file}` is the file's name."""

    name: str
    rule_id: str
    place: str
    edit: Answers | None = None
    identity: dict[str, str] | None = None
    spoil: Callable[[bytes], bytes] | None = None
    is_accepted: bool = True

    @property
    def severity(self) -> str:
        """A form of this year that was not accepted may be a lost correction; of other files only a look is asked."""
        is_lost_form = self.rule_id in ("collect.wrong-version", "collect.altered-identity")
        return "error" if self.is_accepted or is_lost_form else "warning"


def rejected(name: str, reason: str, spoil: Callable[[bytes], bytes]) -> Bad:
    """A file that cannot be opened; there is no cell to name."""
    return Bad(name, f"collect.{reason}", "{file}", spoil=spoil, is_accepted=False)


def other_form(name: str, reason: str, cell: str, **identity: str) -> Bad:
    """Another form than this municipality's of this year; the cell that says so is named."""
    return Bad(name, f"collect.{reason}", f"{{file}}!様式情報!{cell}", identity=identity, is_accepted=False)


def without_sheet(content: bytes, sheet: str = "広域連携") -> bytes:
    book = openpyxl.load_workbook(BytesIO(content))
    del book[sheet]
    return saved(book)


def without_continuation(content: bytes) -> bytes:
    return without_sheet(content, "続紙")


def with_sheet_renamed(content: bytes) -> bytes:
    book = openpyxl.load_workbook(BytesIO(content))
    book["計画"].title = "計画 (2)"
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def package(**parts: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return buffer.getvalue()


def with_entities(content: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for part in source.infolist():
            entity = b'<!DOCTYPE x [<!ENTITY a "b">]><workbook'
            data = source.read(part)
            target.writestr(part, data.replace(b"<workbook", entity) if part.filename == "xl/workbook.xml" else data)
    return buffer.getvalue()


TICKS: Answers = {(STATE, 1, option): "○" for option in ("complete", "partial")}
KINDS = [
    rejected("a file of no bytes", "empty-file", lambda _: b""),
    rejected("a PDF", "not-excel", lambda _: b"%PDF-1.7\n"),
    rejected("a Word document", "not-excel", lambda _: package(word__document=b"<document/>")),
    rejected("a password", "encrypted", lambda content: lock(content, "secret")),
    rejected("half a file", "damaged", lambda content: content[: len(content) // 2]),
    rejected("a file that expands too far", "expands-too-far",
             lambda _: package(xl__workbook=b"", xl__bomb=b"0" * 201_000_000)),
    rejected("XML entities", "xml-entities", with_entities),
    other_form("last year's form", "wrong-year", "B2", year="2024"),
    other_form("a draft of the form", "wrong-version", "B3", version="2025-0"),
    other_form("rows inserted into the form", "wrong-version", "B4", layout="0" * 12),
    other_form("a municipality that is not surveyed", "unknown-municipality", "B5", code="131016"),
    other_form("another survey", "other-survey", "B1", survey="another"),
    Bad("a sheet deleted", "return.sheets", "{file}!広域連携!B7", spoil=without_sheet),
    Bad("the continuation sheet deleted", "return.sheets", "{file}!続紙!B7", spoil=without_continuation),
    Bad("a sheet renamed", "return.sheets", "{file}!計画!C8", spoil=with_sheet_renamed),
    Bad("text for a number", "type.plan_count", "{file}!計画!C12", {COUNT: "多数"}),
    Bad("part of a whole number", "type.plan_count", "{file}!計画!C12", {COUNT: "2.5"}),
    Bad("a negative count", "range.plan_count", "{file}!計画!C12", {COUNT: "－３"}),
    Bad("a broken reference for a number", "type.plan_count", "{file}!計画!C12", {COUNT: "#REF!"}),
    Bad("a formula never calculated", "type.plan_count", "{file}!計画!C12", {COUNT: "=SUM(A1:A9)"}),
    Bad("a broken reference for a tick", "type.measure", "{file}!計画!C15", {TRAINING: "#REF!"}),
    Bad("two answers where one is allowed", "single.plan_state", "{file}!計画!C9", TICKS),
    Bad("an option that the list does not have", "option.network", "{file}!広域連携!B7", {NETWORK: "津山の連携"}),
    Bad("an empty form", "answered.plan_state", "{file}!計画!C8", {}),
]  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """One home with a return of every kind, one kind for each municipality; the rest is in order."""

    home: Home
    declarations: YearDeclarations
    codes: dict[str, str]
    findings: list[dict[str, Any]]

    def file(self, kind: Bad) -> str:
        return f"{self.codes[kind.name]}.xlsx"

    def of(self, kind: Bad) -> list[dict[str, Any]]:
        return [row for row in self.findings if any(self.file(kind) in cell for cell in row["cells"])]


def send(declarations: YearDeclarations, code: str, kind: Bad | None) -> bytes:
    municipality = next(m for m in declarations.municipalities if m.code == code)
    answers = evacuation_answers(declarations, municipality)
    if kind is None:
        return write_workbook(declarations, code, answers)
    asked: Answers = {(STATE, 1, "complete"): None, (STATE, 1, "partial"): "○", (STATE, 1, "not_started"): None}
    answers = {} if kind.edit == {} else {**answers, **asked, COUNT: 12, **(kind.edit or {})}
    content = write_workbook(
        declarations, code, answers, **{**identity_of(declarations, code), **(kind.identity or {})}
    )
    return kind.spoil(content) if kind.spoil else content


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, second_declarations: YearDeclarations) -> Iterator[Judged]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KYOGIKAI_NOW", FIXED_NOW)
        home = Home(tmp_path_factory.mktemp("bad"))
        folder = home.inbox(SECOND_YEAR)
        folder.mkdir(parents=True)
        # Secretariats are in order, since others' answers are judged against theirs.
        secretariats = {entity.secretariat_code for entity in second_declarations.reference.register}
        codes = [m.code for m in second_declarations.municipalities]
        kinds = dict(zip((code for code in codes if code not in secretariats), KINDS, strict=False))
        for code in codes:
            (folder / f"{code}.xlsx").write_bytes(send(second_declarations, code, kinds.get(code)))
        judge_returns(home, second_declarations)
        named = {kind.name: code for code, kind in kinds.items()}
        yield Judged(home, second_declarations, named, list_findings(home, SECOND_YEAR))


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_bad_input_is_a_finding_that_names_file_sheet_and_cell(judged: Judged, kind: Bad) -> None:
    place = kind.place.format(file=judged.file(kind))
    found = [row for row in judged.of(kind) if row["rule_id"] == kind.rule_id and place in row["cells"]]
    assert [(row["severity"], row["verdict"]) for row in found] == [(kind.severity, "fail")]
    assert found[0]["message"]


@pytest.mark.parametrize("kind", [k for k in KINDS if not k.is_accepted], ids=lambda kind: kind.name)
def test_a_file_that_is_no_return_leaves_its_municipality_missing(judged: Judged, kind: Bad) -> None:
    code = judged.codes[kind.name]
    missing = {row["municipality_code"] for row in judged.findings if row["rule_id"] == "return.missing"}
    states = {row["municipality_code"]: row["state"] for row in list_status(judged.home, judged.declarations)}
    assert code in missing
    assert states[code] in ("not_sent", "rejected")


@pytest.mark.parametrize("kind", [k for k in KINDS if k.edit and COUNT in k.edit], ids=lambda kind: kind.name)
def test_one_bad_answer_costs_the_same_return_no_other_answer(judged: Judged, kind: Bad) -> None:
    own = load(judged.home, SECOND_YEAR, "answers").filter(municipality_code=judged.codes[kind.name])
    assert own.filter(question_id="plan_state")["value_code"].to_list() == ["partial"]
    (count,) = own.filter(question_id="plan_count").to_dicts()
    assert count["status"] == ("answered" if kind.rule_id.startswith("range") else "unreadable")
    assert {row["rule_id"] for row in judged.of(kind)} == {kind.rule_id}


def test_returns_in_order_go_through_without_a_finding(judged: Judged) -> None:
    clean = {m.code for m in judged.declarations.municipalities} - set(judged.codes.values())
    answers = load(judged.home, SECOND_YEAR, "answers")
    assert len(clean) == len(judged.declarations.municipalities) - len(KINDS)
    assert clean <= set(answers.filter(status="answered")["municipality_code"])
    assert [row for row in judged.findings if row["municipality_code"] in clean] == []


def test_every_finding_is_about_what_was_bad(judged: Judged) -> None:
    about_the_set = {"return.missing", "plan-states-total"}
    files = {judged.file(kind) for kind in KINDS}
    for row in judged.findings:
        assert row["rule_id"] in about_the_set or {cell.split("!")[0] for cell in row["cells"]} <= files
