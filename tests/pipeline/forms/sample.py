"""A survey that asks a question of every kind, in two municipalities, one of them with a name that looks like code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
from openpyxl.workbook import Workbook as OpenpyxlWorkbook

from schemas.form_layout import Slot
from schemas.questionnaire import Questionnaire
from schemas.reference import Municipality, Reference, RegisterEntity, RegisterMember
from schemas.survey import YearDeclarations

OWN, JOINT, ELSEWHERE = "club-own", "club-joint", "club-elsewhere"
FORMULA = "=1+1<b>&'\"</b>"
CODE, OTHER_CODE = "331007", "332020"
VALUES = [
    {"code": "good", "label": "良い"},
    {"code": "bad", "label": "悪い"},
    {"code": "else", "label": "その他", "is_other": True},
]
TOPICS = [
    {"code": "song", "label": "歌"}, {"code": "dance", "label": "踊り"},
    {"code": "other", "label": "その他", "is_other": True}, {"code": "none", "label": "特になし", "is_none": True},
]  # fmt: skip
QUESTIONNAIRE: dict[str, Any] = {
    "survey": "sample", "year": 2031, "version": "1", "title": "見本の調査", "prefecture_code": "33",
    "reference_date": date(2031, 4, 1), "baseline": "なし", "sender": "試験係",
    "calendar": {
        "forms_out": date(2031, 5, 1), "reminder": date(2031, 5, 20), "deadline": date(2031, 5, 30), "release_candidate": date(2031, 6, 30),
    },
    "grains": [
        {"id": "municipality", "label": "市町村"}, {"id": "club", "label": "団体", "register_kind": "club"},
        {"id": "event", "label": "催し"},
    ],
    "periods": [{"id": "shows", "label": "令和１２年度", "start": date(2030, 4, 1), "end": date(2031, 3, 31)}],
    "sections": [
        {
            "id": "lists", "number": "１", "label": "一覧", "sheet": "一覧", "blocks": [{
                "id": "answers", "grain": "municipality", "label": "全体", "note": "わかる範囲で記入してください。",
                "questions": [
                    {"id": "state", "label": "評価", "type": "single", "control": "ticks", "options": VALUES},
                    {
                        "id": "kind", "label": "区分", "type": "single", "options": VALUES,
                        "asked_if": [{"question": "state", "in": ["good", "bad"]}],
                    },
                    {"id": "topic", "label": "内容", "type": "multiple", "options": TOPICS},
                    {
                        "id": "wish", "label": "要望", "type": "matrix", "options": TOPICS,
                        "columns": [{"code": c, "label": c} for c in ("far", "near", "here", "there")],
                    },
                    {
                        "id": "seat_count", "label": "席の数", "type": "count", "unit": "席", "minimum": 0, "maximum": 0,
                        "reference": "2031-01-01",
                    },
                    {"id": "person_count", "label": "人の数", "type": "count", "minimum": 2, "maximum": 500},
                    {"id": "start", "label": "開始の日", "type": "date", "is_optional": True},
                    {"id": "main_club", "label": "主な団体", "type": "register", "register_kind": "club"},
                    {"id": "remark", "label": "意見", "type": "text", "note": "自由に書いてください。"},
                ],
            }],
        },
        {
            "id": "tables", "number": "２", "label": "表", "sheet": "表", "blocks": [
                {
                    "id": "clubs", "grain": "club", "label": "団体", "identity": "club", "capacity": 2, "continuation": 2,
                    "questions": [
                        {"id": "club", "label": "名称", "type": "register", "register_kind": "club"},
                        {"id": "club_kind", "label": "団体の区分", "type": "single", "options": VALUES},
                        {
                            "id": "show_count", "label": "公演の数", "type": "count", "unit": "回", "reference": "period:shows",
                            "asked_if": [{"question": "club_kind", "in": ["good"]}],
                        },
                        {"id": "club_topic", "label": "団体の内容", "type": "multiple", "options": TOPICS},
                    ],
                },
                {
                    "id": "events", "grain": "event", "label": "催し", "capacity": 2, "questions": [
                        {"id": "event_topic", "label": "催しの内容", "type": "multiple", "options": TOPICS},
                        {"id": "event_day", "label": "催しの日", "type": "date"},
                        {"id": "event_name", "label": "催しの名称", "type": "text"},
                    ],
                },
            ],
        },
    ],
}  # fmt: skip
CLUBS = {
    OWN: ("single", "近くの会", (CODE,)),
    ELSEWHERE: ("single", "よその会", (OTHER_CODE,)),
    JOINT: ("joint", FORMULA, (CODE, OTHER_CODE)),
    "club-far": ("joint", "遠くの会", (OTHER_CODE, "332038")),
}
_UNBOUNDED = {"valid_from": "", "valid_to": ""}


def sample_declarations() -> YearDeclarations:
    """The declarations of the sample; nothing but the questionnaire and the register is asked of them."""
    register = [
        RegisterEntity.model_validate({
            "entity_id": club, "entity_kind": "club", "name": name, "kind": kind, "secretariat_code": codes[0],
            "status": "assumed", "source": "試験", **_UNBOUNDED,
        })
        for club, (kind, name, codes) in CLUBS.items()
    ]  # fmt: skip
    members = [
        RegisterMember.model_validate(
            {"entity_id": club, "code": code, "status": "assumed", "source": "試験", **_UNBOUNDED}
        )
        for club, (_, _, codes) in CLUBS.items()
        for code in codes
    ]
    reference = Reference(
        municipalities=(_municipality(CODE, FORMULA), _municipality(OTHER_CODE, "次の市")),
        register=tuple(register), register_members=tuple(members),
    )  # fmt: skip
    return YearDeclarations(Questionnaire.model_validate(QUESTIONNAIRE), (), {}, {}, (), reference)


def _municipality(code: str, name: str) -> Municipality:
    return Municipality.model_validate({
        "code": code, "prefecture_code": "33", "prefecture": "岡山県", "name": name, "kana": "カナ", "kind": "市",
        **_UNBOUNDED,
    })  # fmt: skip


SAMPLE = sample_declarations()
MUNICIPALITY = SAMPLE.municipalities[0]


def slot_of(question_id: str, row_no: int = 1, choice: str | None = None) -> Slot:
    """The answer cell of a question."""
    found = (question_id, row_no, choice)
    return next(s for s in SAMPLE.layout.slots if (s.question_id, s.row_no, s.choice) == found)


def filled(
    values: Mapping[str | tuple[str, int] | tuple[str, int, str], str | int | date],
) -> dict[Slot, str | int | date]:
    """What was typed, by (question, row, option), or by question alone."""
    return {slot_of(*((key,) if isinstance(key, str) else key)): value for key, value in values.items()}


def opened(content: bytes) -> OpenpyxlWorkbook:
    """The form as openpyxl reads it, formats included."""
    return openpyxl.load_workbook(BytesIO(content), rich_text=False)


def texts_in_row(book: OpenpyxlWorkbook, sheet: str, row: int) -> list[str]:
    """The texts of a row, from left to right."""
    return [str(cell.value) for cell in book[sheet][row] if cell.value is not None]
