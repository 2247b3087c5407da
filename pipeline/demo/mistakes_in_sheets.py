"""Mistakes upon and beside the form's own cells: drawn answers, text boxes, copied and deleted sheets."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from pipeline.demo.desk import Desk, Mistake, MistakeFinder
from pipeline.demo.surgery import copy_sheet, draw_shape, drop_sheet, replace_cell
from pipeline.demo.years import DemoFile
from pipeline.forms.cover import addressed_to
from pipeline.forms.wording import SUBTITLE_CELL
from schemas.form_layout import COVER_SHEET, IDENTITY_SHEET

REMARKS = "form.remarks"
LATER = "数値は暫定です。確定後に差し替えます。"


def drawn_oval(desk: Desk) -> Mistake | None:
    """A ○ drawn over the answer cell in place of one that is typed."""
    for code, question, _, answer in desk.answered("single"):
        slot = desk.slots(question.id).get(str(answer))
        if slot is not None:
            rules = [f"type.{question.id}", REMARKS, *desk.consequences.of([question.id])]
            draw = partial(draw_shape, sheet=slot.sheet, address=slot.address)
            return Mistake("drawn_oval", code, rules, question.id, {slot: None}, draw, place=slot)
    return None


def text_box(desk: Desk) -> Mistake | None:
    """A remark in a text box beside the answers."""
    code = next(desk.codes(), None)
    if code is None:
        return None
    sheet, column = desk.declarations.layout.slots[0].sheet, "N"
    address = f"{column}{desk.declarations.layout.slots[0].row}"
    draw = partial(draw_shape, sheet=sheet, address=address, text=LATER)
    return Mistake("text_box", code, [REMARKS], operate=draw, place=f"{sheet}!{address}付近のテキストボックス")


def lost_identity(desk: Desk) -> Mistake | None:
    """A return without its sheet of identity, whose cover and file name still tell whose it is."""
    code = next(desk.codes(), None)
    if code is None:
        return None
    return Mistake("lost_identity", code, ["return.recognised"], operate=partial(drop_sheet, sheet=IDENTITY_SHEET))


def near_name(desk: Desk) -> Mistake | None:
    """A return without its identity and its code, in a file whose name has a slip: only ever a suggestion."""
    codes = desk.codes(is_alone=True)
    code = next((code for code in codes if len(desk.world.municipalities[code].name) > 2), None)
    if code is None:
        return None
    name = desk.world.municipalities[code].name
    _, place = addressed_to(desk.world.municipalities[code])

    def send(file: DemoFile) -> list[DemoFile]:
        content = replace_cell(drop_sheet(file.content, IDENTITY_SHEET), COVER_SHEET, place, "")
        return [replace(file, name=f"{name[:-2]}〇{name[-1]}_回答.xlsx", content=content)]

    rules = ["collect.no-identity", "return.missing", *desk.consequences.of_missing_return()]
    return Mistake("near_name", code, rules, send=send, place=IDENTITY_SHEET)


def two_municipalities(desk: Desk) -> Mistake | None:
    """A sheet of another municipality's form in the same workbook."""
    code = next(desk.codes(), None)
    other = next((m for m in desk.declarations.municipalities if m.code != code), None)
    if code is None or other is None:
        return None
    sheet = desk.declarations.layout.slots[0].sheet
    name, head = f"{sheet} (2)", f"{other.prefecture}{other.name}（{other.code}）"
    copy = partial(copy_sheet, sheet=sheet, name=name, texts={SUBTITLE_CELL: head})
    return Mistake("two_municipalities", code, ["form.second_set"], operate=copy, place=f"{name}!{SUBTITLE_CELL}")


SHEET_MISTAKES: tuple[MistakeFinder, ...] = (near_name, drawn_oval, two_municipalities, text_box, lost_identity)
