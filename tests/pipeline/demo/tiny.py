"""A survey small enough to think through: nine municipalities, three leagues, two of them shared."""

from __future__ import annotations

from datetime import date
from typing import Any

from schemas.figures import FigureFile, expand_figures
from schemas.questionnaire import Questionnaire
from schemas.reference import Municipality, Reference, RegisterEntity, RegisterMember
from schemas.relations import Relation
from schemas.rules import Rule
from schemas.survey import YearDeclarations

CITIES = ("331007", "332020", "332038", "332046")
TOWNS = ("333468", "334235", "334456")
VILLAGES = ("335860", "336432")
LEAGUES = {
    "league-east": ("332020", "333468", "335860"),
    "league-west": ("332038", "334235"),
    "league-own": ("331007",),
}
GENRES = ("dance", "music", "drama", "other")
EXAMPLES: dict[str, Any] = {"pass": {}, "fail": {}, "boundary": {}, "boundary_is": "pass", "unverifiable": {}}


def _choice(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "label": code, **more}


def _question(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "label": name, "type": kind, "disclosure": "public", **more}


STAGE_QUESTIONS = [
    _question("state", "single", is_required=True, options=[_choice(c) for c in ("alone", "shared", "both", "never")]),
    _question(
        "genre", "multiple", asked_if=[{"question": "state", "in": ["alone", "shared", "both"]}],
        options=[*(_choice(c, is_other=c == "other") for c in GENRES), _choice("none", is_none=True)],
    ),
    _question(
        "wish", "matrix", options=[_choice("hall"), _choice("money"), _choice("none", is_none=True)],
        columns=[_choice("whole"), _choice("part")],
    ),
    _question("seat_count", "count", minimum=0, maximum=500, unit="席"),
    _question(
        "start_date", "date", is_optional=True, asked_if=[{"question": "state", "in": ["never"]}]
    ),
]  # fmt: skip
LEAGUE_QUESTIONS = [
    _question("league", "register", register_kind="league", is_required=True),
    _question("league_kind", "single", options=[_choice("single"), _choice("joint")]),
    _question("show_count", "count", minimum=0, maximum=40, unit="回"),
    _question("troupe_count", "count", minimum=0, maximum=30),
]
TROUPE_QUESTIONS = [
    _question("troupe_league", "register", register_kind="league", is_required=True),
    _question("troupe_name", "text", is_required=True),
    _question("troupe_genre", "single", options=[_choice(c, is_other=c == "other") for c in GENRES]),
    _question(
        "troupe_venue", "multiple", asked_if=[{"question": "troupe_genre", "in": ["dance", "music", "drama"]}],
        options=[_choice("indoors"), _choice("outdoors"), _choice("none", is_none=True)],
    ),
    _question(
        "troupe_member_count", "count", minimum=2, maximum=20, asked_if=[
            {"question": "state", "in": ["alone", "shared"]}, {"question": "troupe_genre", "in": ["dance", "drama"]},
        ],
    ),
]  # fmt: skip
QUESTIONNAIRE: dict[str, Any] = {
    "survey": "tiny", "year": 2030, "version": "1", "title": "小さな調査", "prefecture_code": "33",
    "reference_date": date(2030, 4, 1), "baseline": "なし", "sender": "試験係",
    "calendar": {
        "forms_out": date(2030, 5, 1), "reminder": date(2030, 5, 20), "deadline": date(2030, 5, 31),
        "release_candidate": date(2030, 6, 30),
    },
    "grains": [
        {"id": "municipality", "label": "市町村"}, {"id": "league", "label": "連盟", "register_kind": "league"},
        {"id": "membership", "label": "加盟"}, {"id": "troupe", "label": "劇団"},
    ],
    "sections": [{
        "id": "stage", "number": "1", "label": "舞台", "sheet": "舞台", "blocks": [
            {"id": "stages", "grain": "municipality", "label": "舞台", "questions": STAGE_QUESTIONS},
            {
                "id": "leagues", "grain": "league", "pair_grain": "membership", "label": "連盟", "identity": "league",
                "capacity": 2, "is_required": True,
                "asked_if": [{"question": "state", "in": ["alone", "shared", "both"]}], "questions": LEAGUE_QUESTIONS,
            },
            {
                "id": "troupes", "grain": "troupe", "label": "劇団", "capacity": 6, "continuation": 6,
                "asked_if": [{"question": "state", "in": ["alone", "shared", "both"]}], "questions": TROUPE_QUESTIONS,
            },
        ],
    }],
}  # fmt: skip
FIGURES: dict[str, Any] = {
    "year": 2030,
    "units": [
        {"id": "place", "label": "市町村", "is_kind_word": True}, {"id": "piece", "label": "件"},
    ],
    "figures": [
        {"id": "places", "section": "stage", "label": "数", "operation": "count", "unit": "place"},
        *(
            {
                "id": question, "section": "stage", "label": question, "operation": "count", "unit": "place",
                "question": question, "each_option": {},
            }
            for question in ("state", "genre", "wish")
        ),
        {"id": "seats", "section": "stage", "label": "席", "operation": "sum", "unit": "piece", "question": "seat_count"},
        {
            "id": "shows", "section": "stage", "label": "回", "operation": "sum", "unit": "piece", "grain": "league",
            "question": "show_count",
        },
        {"id": "leagues", "section": "stage", "label": "連盟", "operation": "count", "unit": "piece", "grain": "league"},
        {"id": "pairs", "section": "stage", "label": "加盟", "operation": "count", "unit": "piece", "grain": "membership"},
        {"id": "troupes", "section": "stage", "label": "劇団", "operation": "count", "unit": "piece", "grain": "troupe"},
        {
            "id": "troupe_genre", "section": "stage", "label": "種別", "operation": "count", "unit": "piece",
            "grain": "troupe", "question": "troupe_genre", "each_option": {},
        },
        {
            "id": "troupe_venue", "section": "stage", "label": "場所", "operation": "count", "unit": "piece",
            "grain": "troupe", "question": "troupe_venue", "each_option": {},
        },
        {
            "id": "troupe_somewhere", "section": "stage", "label": "場所あり", "operation": "count", "unit": "piece",
            "grain": "troupe", "question": "troupe_venue", "options": ["indoors", "outdoors"],
        },
        {
            "id": "troupe_members", "section": "stage", "label": "団員", "operation": "sum", "unit": "piece",
            "grain": "troupe", "question": "troupe_member_count",
        },
        {
            "id": "top_genres", "section": "stage", "label": "上位", "operation": "ranking", "unit": "piece",
            "candidates": ["genre"], "top": 2,
        },
    ],
}  # fmt: skip
RULES: list[dict[str, Any]] = [
    {
        "id": "troupes-add-up", "kind": "compare", "grain": "league", "left": "troupe_count",
        "right": {"rows": "troupes"}, "only_secretariat": True,
    },
    {
        "id": "alone-has-no-joint-league", "kind": "compare", "left": {"rows": "leagues", "where": {"league_kind": "joint"}},
        "operator": "<=", "right": {"constant": 0}, "when": [{"question": "state", "in": ["alone"]}],
    },
    {
        "id": "shared-has-no-single-league", "kind": "compare",
        "left": {"rows": "leagues", "where": {"league_kind": "single"}}, "operator": "<=", "right": {"constant": 0},
        "when": [{"question": "state", "in": ["shared"]}],
    },
    {
        "id": "hall-wanted-by-dancers", "kind": "implies", "when": [{"question": "genre", "has": "dance"}],
        "then": [{"question": "wish", "has_not": "none"}],
    },
    {
        "id": "seats-change-slowly", "kind": "previous", "question": "seat_count", "share": 0.5, "slack": 2,
        "severity": "warning",
    },
    {
        "id": "states-total", "kind": "set_total", "question": "state", "options": ["alone", "shared", "both", "never"],
    },
]  # fmt: skip


def tiny_declarations(year: int = 2030) -> YearDeclarations:
    """The declarations of the tiny survey; every year asks the same."""
    questionnaire = Questionnaire.model_validate({**QUESTIONNAIRE, "year": year})
    figures = expand_figures(FigureFile.model_validate(FIGURES), questionnaire)
    text = {"statement": "文", "message": "文", "examples": EXAMPLES}
    relation = {
        "id": "states-partition", "kind": "partition", "statement": "文", "examples": EXAMPLES,
        "left": ["state.alone", "state.shared", "state.both", "state.never"], "right": ["places"],
    }  # fmt: skip
    return YearDeclarations(
        questionnaire=questionnaire,
        rules=tuple(Rule.model_validate({**text, **rule}) for rule in RULES),
        units={unit.id: unit for unit in FigureFile.model_validate(FIGURES).units},
        figures={figure.id: figure for figure in figures},
        relations=(Relation.model_validate(relation),),
        reference=_reference(),
    )


def _reference() -> Reference:
    unbounded = {"valid_from": "", "valid_to": ""}
    kinds = {**dict.fromkeys(CITIES, "市"), **dict.fromkeys(TOWNS, "町"), **dict.fromkeys(VILLAGES, "村")}
    return Reference(
        municipalities=tuple(
            Municipality.model_validate({
                "code": code, "prefecture_code": "33", "prefecture": "岡山県", "name": f"第{number}{kind}",
                "kana": "カナ", "kind": kind, **unbounded,
            })
            for number, (code, kind) in enumerate(sorted(kinds.items()), start=1)
        ),
        register=tuple(
            RegisterEntity.model_validate({
                "entity_id": league, "entity_kind": "league", "name": league, "status": "assumed", "source": "試験",
                "kind": "joint" if len(members) > 1 else "single", "secretariat_code": members[0], **unbounded,
            })
            for league, members in LEAGUES.items()
        ),
        register_members=tuple(
            RegisterMember.model_validate(
                {"entity_id": league, "code": code, "status": "assumed", "source": "試験", **unbounded}
            )
            for league, members in LEAGUES.items()
            for code in members
        ),
    )  # fmt: skip
