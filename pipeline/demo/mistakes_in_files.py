"""Mistakes with whole files: nothing sent, sent twice, the wrong form, or nothing that can be read."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from pipeline.demo.desk import Desk, Mistake, MistakeFinder, Send
from pipeline.demo.other_files import as_ods, with_macros, zip_files
from pipeline.demo.surgery import cut_part, drop_sheet
from pipeline.demo.years import DemoFile
from pipeline.forms.write import write_form
from schemas.form_layout import COVER_SHEET, IDENTITY_CELLS, IDENTITY_SHEET
from schemas.reference import check_digit

MISSING = "return.missing"
FORMAT = "file.format"
OUTSIDE = "../覚書.txt"
PDF = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
LOCKED = zlib.decompress(base64.b85decode(
    "c-rmQJqp4=5C!13i7}>&jfItXkaYIq4MfF4P!XFP$0K+WJ%S#@tZ&4HVB=3`cwczg?1p8E>E?XuUJl3p6)y_JsC<TY?aVQqu*t#y-rHwbGseqbfryBRh"
    "=_=YG~NUoK6?x>!kX(2<yZH6NL-jDxDW4CwYh^;ojs~<S$%;y#+dSC#rKl?cZP`EPxFjiy*Jjgh>4jNlQ1^(OP_tR+%zU@tULC$!d("
))  # fmt: skip
"""A container for a workbook behind a password, without the workbook."""


def missing_return(desk: Desk) -> Mistake | None:
    """A municipality that sends nothing."""
    return _unsent(desk, "missing_return", MISSING, lambda _: [])


def _unreadable(kind: str, reason: str, content: bytes | None = None, suffix: str = ".xlsx") -> MistakeFinder:
    """A file that cannot be read, sent in place of the return."""

    def find(desk: Desk) -> Mistake | None:
        def send(file: DemoFile) -> list[DemoFile]:
            name = file.name.removesuffix(".xlsx") + suffix
            return [replace(file, name=name, content=cut_part(file.content) if content is None else content)]

        return _unsent(desk, kind, f"collect.{reason}", send)

    return find


def _unsent(desk: Desk, kind: str, rule_id: str, send: Send, place: str | None = None) -> Mistake | None:
    """A municipality of whose answers none arrives; it shares no entity, so that no member's answer is left open."""
    code = next(desk.codes(is_alone=True), None)
    if code is None:
        return None
    rules = [rule_id, MISSING, *desk.consequences.of_missing_return()]
    return Mistake(kind, code, rules, send=send, place=place)


def same_bytes(desk: Desk) -> Mistake | None:
    """The same file sent again under another name."""

    def send(file: DemoFile) -> list[DemoFile]:
        stem = file.name.removesuffix(".xlsx")
        return [file, replace(file, name=f"{stem} (1).xlsx", arrived_at=file.arrived_at + timedelta(hours=1))]

    code = next(desk.codes(), None)
    return Mistake("same_bytes", code, ["collect.same-bytes"], send=send) if code else None


def _other_kind(kind: str, suffix: str, change: Callable[[bytes], bytes]) -> MistakeFinder:
    """A return that is read, in a file of another kind than was sent out."""

    def find(desk: Desk) -> Mistake | None:
        def send(file: DemoFile) -> list[DemoFile]:
            return [replace(file, name=file.name.removesuffix(".xlsx") + suffix, content=change(file.content))]

        code = next(desk.codes(), None)
        return Mistake(kind, code, [FORMAT], send=send) if code else None

    return find


def zip_of_returns(desk: Desk) -> Mistake | None:
    """A ZIP with the return, and with a file whose name leaves the folder."""

    def send(file: DemoFile) -> list[DemoFile]:
        content = zip_files({f"回答/{file.name}": file.content, OUTSIDE: b"note"})
        return [replace(file, name=file.name.removesuffix(".xlsx") + ".zip", content=content)]

    code = next(desk.codes(), None)
    return Mistake("zip_of_returns", code, ["collect.unsafe-name"], send=send, inside=OUTSIDE) if code else None


def zip_bomb(desk: Desk) -> Mistake | None:
    """A small ZIP that would become larger than the limits allow, in place of the return."""
    content = zip_files({f"{number}.txt": bytes(19_000_000) for number in range(11)})
    return _unreadable("zip_bomb", "expands-too-far", content, ".zip")(desk)


def _other_form(kind: str, reason: str, key: str) -> MistakeFinder:
    """A form that is not this year's of this municipality; `key` is the word of its identity that differs."""

    def find(desk: Desk) -> Mistake | None:
        code = next(desk.codes(is_alone=True), "")
        if not code or (kind == "wrong_year" and desk.year - 1 not in desk.demo.survey.years):
            return None

        def send(file: DemoFile) -> list[DemoFile]:
            return [replace(file, content=_other_content(desk, kind, code))]

        return _unsent(desk, kind, f"collect.{reason}", send, f"{IDENTITY_SHEET}!{IDENTITY_CELLS[key]}")

    return find


def _other_content(desk: Desk, kind: str, code: str) -> bytes:
    declarations, municipality = desk.declarations, desk.world.municipalities[code]
    fill = desk.demo.cells(desk.year, code)
    if kind == "wrong_year":
        declarations, fill = desk.demo.declarations(desk.year - 1), desk.demo.cells(desk.year - 1, code)
    elif kind == "wrong_version":
        version = f"{declarations.questionnaire.version}-draft"
        draft = declarations.questionnaire.model_copy(update={"version": version})
        declarations = replace(declarations, questionnaire=draft)
    else:
        stranger = "98765"
        municipality = municipality.model_copy(update={"code": stranger + check_digit(stranger)})
    return write_form(declarations, municipality, fill=fill, is_synthetic=True)


def no_identity(desk: Desk) -> Mistake | None:
    """A return without its sheet of identity and its cover, as when answers are copied into a workbook of one's own."""

    def send(file: DemoFile) -> list[DemoFile]:
        return [replace(file, content=drop_sheet(drop_sheet(file.content, IDENTITY_SHEET), COVER_SHEET))]

    return _unsent(desk, "no_identity", "collect.no-identity", send, IDENTITY_SHEET)


def empty_form(desk: Desk) -> Mistake | None:
    """A form sent back without one answer."""
    code = next(desk.codes(is_alone=True), None)
    first = next((q for q in desk.questionnaire.questions.values() if q.is_required and not q.asked_if), None)
    if code is None or first is None:
        return None
    edits = dict.fromkeys(desk.demo.cells(desk.year, code))
    slot = next(iter(desk.slots(first.id).values()))
    rules = [f"answered.{first.id}", *desk.consequences.of_everything()]
    return Mistake("empty_form", code, rules, first.id, edits, place=slot)


FILE_MISTAKES: tuple[MistakeFinder, ...] = (
    missing_return,
    empty_form,
    _unreadable("zero_bytes", "empty-file", b""),
    _unreadable("not_excel", "not-excel", PDF),
    _unreadable("locked", "encrypted", LOCKED),
    _unreadable("damaged", "damaged"),
    _unreadable("damaged_zip", "damaged-zip", zip_files({"回答.xlsx": bytes(5_000)})[:-40], ".zip"),
    zip_bomb,
    zip_of_returns,
    _other_kind("ods", ".ods", as_ods),
    _other_kind("macros", ".xlsm", with_macros),
    _other_form("wrong_year", "wrong-year", "year"),
    _other_form("wrong_version", "wrong-version", "version"),
    _other_form("other_municipality", "unknown-municipality", "code"),
    no_identity,
    same_bytes,
)
