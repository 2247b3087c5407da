"""Declarations as raw tables, so that the generic SQL can be driven by them and name no question."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from schemas.figures import Figure
from schemas.questionnaire import block_questions
from schemas.reference import KIND_LETTERS
from schemas.relations import Term
from schemas.survey import YearDeclarations

SCHEMAS: dict[str, dict[str, Any]] = {
    "raw_municipality": {
        "year": pl.Int32, "municipality_code": pl.String, "prefecture": pl.String, "name": pl.String,
        "kana": pl.String, "kind": pl.String, "kind_letter": pl.String, "kind_order": pl.Int32, "area": pl.String,
    },
    "raw_register_entity": {
        "year": pl.Int32, "entity_id": pl.String, "entity_kind": pl.String, "name": pl.String, "kind": pl.String,
        "secretariat_code": pl.String, "status": pl.String,
    },
    "raw_register_member": {
        "year": pl.Int32, "entity_id": pl.String, "municipality_code": pl.String, "status": pl.String,
    },
    "raw_question": {
        "year": pl.Int32, "question_id": pl.String, "section_id": pl.String, "block_id": pl.String,
        "grain": pl.String, "pair_grain": pl.String, "identity_question_id": pl.String,
        "register_kind": pl.String, "question_order": pl.Int32,
        "label_ja": pl.String, "label_en": pl.String, "type": pl.String, "unit": pl.String, "reference": pl.String,
        "disclosure": pl.String,
    },
    "raw_option": {
        "year": pl.Int32, "question_id": pl.String, "option_code": pl.String, "option_order": pl.Int32,
        "label_ja": pl.String, "label_en": pl.String, "is_none": pl.Boolean, "is_other": pl.Boolean,
    },
    "raw_answer_place": {
        "year": pl.Int32, "question_id": pl.String, "row_no": pl.Int32, "option_code": pl.String, "sheet": pl.String,
        "address": pl.String,
    },
    "raw_figure": {
        "year": pl.Int32, "figure_id": pl.String, "published_id": pl.String, "section_id": pl.String,
        "figure_order": pl.Int32, "label_ja": pl.String, "label_en": pl.String, "operation": pl.String,
        "grain": pl.String, "question_id": pl.String, "option_count": pl.Int32, "unit_id": pl.String,
        "unit_label": pl.String, "is_kind_word": pl.Boolean, "numerator_id": pl.String, "denominator_id": pl.String,
        "rounding_mode": pl.String, "rounding_digits": pl.Int32, "reference": pl.String, "reference_day": pl.Int32,
        "top_count": pl.Int32, "is_other": pl.Boolean,
    },
    "raw_figure_option": {"year": pl.Int32, "figure_id": pl.String, "option_code": pl.String},
    "raw_figure_candidate": {
        "year": pl.Int32, "figure_id": pl.String, "candidate_id": pl.String, "candidate_order": pl.Int32,
    },
    "raw_relation_row": {
        "year": pl.Int32, "relation_id": pl.String, "row_no": pl.Int32, "operator": pl.String,
        "constant": pl.Float64, "tolerance": pl.Float64, "tolerance_share": pl.Float64,
    },
    "raw_relation_term": {
        "year": pl.Int32, "relation_id": pl.String, "row_no": pl.Int32, "side": pl.String, "term_no": pl.Int32,
        "figure_id": pl.String, "measure": pl.String, "times": pl.Int32,
    },
}  # fmt: skip


def declared_tables(declarations: YearDeclarations) -> dict[str, pl.DataFrame]:
    """Return every declaration of a year as tables, one row for each declared thing."""
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in SCHEMAS}
    _add_reference(rows, declarations)
    _add_questions(rows, declarations)
    rows["raw_answer_place"] += [
        (declarations.year, slot.question_id, slot.row_no, slot.choice or "", slot.sheet, slot.address)
        for slot in declarations.layout.slots
    ]
    for figure in declarations.figures.values():
        _add_figure(rows, declarations, figure)
    _add_relations(rows, declarations)
    return {name: pl.DataFrame(rows[name], schema=schema, orient="row") for name, schema in SCHEMAS.items()}


def _add_reference(rows: dict[str, list[tuple[Any, ...]]], declarations: YearDeclarations) -> None:
    year, on, reference = declarations.year, declarations.questionnaire.reference_date, declarations.reference
    order = list(KIND_LETTERS)
    areas = {g.code: g.name for g in reference.groupings if g.is_valid(on)}
    for m in declarations.municipalities:
        rows["raw_municipality"].append((
            year, m.code, m.prefecture, m.name, m.kana, m.kind, KIND_LETTERS[m.kind], order.index(m.kind) + 1,
            areas.get(m.code),
        ))  # fmt: skip
    for entity in reference.register:
        if not entity.is_valid(on):
            continue
        rows["raw_register_entity"].append((
            year, entity.entity_id, entity.entity_kind, entity.name, entity.kind, entity.secretariat_code,
            entity.status,
        ))  # fmt: skip
        rows["raw_register_member"] += [
            (year, entity.entity_id, member.code, member.status) for member in reference.members(entity.entity_id, on)
        ]


def _add_questions(rows: dict[str, list[tuple[Any, ...]]], declarations: YearDeclarations) -> None:
    questionnaire = declarations.questionnaire
    order = 0
    for block in questionnaire.blocks:
        for question in block_questions(block):
            order += 1
            rows["raw_question"].append((
                declarations.year, question.id, questionnaire.section_of[block.id].id, block.id, block.grain,
                block.pair_grain, block.identity, question.register_kind, order, question.label.ja, question.label.en, question.type,
                question.unit, questionnaire.reference_of(question), question.disclosure,
            ))  # fmt: skip
            rows["raw_option"] += [
                (declarations.year, question.id, option.code, number, option.label.ja, option.label.en,
                 option.is_none, option.is_other)
                for number, option in enumerate(question.choices, start=1)
            ]  # fmt: skip


def _add_figure(rows: dict[str, list[tuple[Any, ...]]], declarations: YearDeclarations, figure: Figure) -> None:
    year, unit = declarations.year, declarations.units[figure.unit]
    rows["raw_figure"].append((
        year, figure.id, figure.published_id, figure.section, figure.order, figure.label.ja, figure.label.en,
        figure.operation, figure.grain, figure.question, len(figure.options), unit.id, unit.label.ja,
        declarations.shows_kinds(figure), figure.numerator, figure.denominator, figure.rounding.mode, figure.rounding.digits,
        figure.reference, _last_day(figure.reference), figure.top, figure.is_other,
    ))  # fmt: skip
    rows["raw_figure_option"] += [(year, figure.id, option) for option in figure.options]
    rows["raw_figure_candidate"] += [
        (year, figure.id, candidate, number) for number, candidate in enumerate(figure.candidates, start=1)
    ]


def _last_day(reference: str) -> int:
    """Days from 1970-01-01 to the date, or to the last day of the period."""
    return (date.fromisoformat(reference.rsplit("/", maxsplit=1)[-1]) - date(1970, 1, 1)).days


def _add_relations(rows: dict[str, list[tuple[Any, ...]]], declarations: YearDeclarations) -> None:
    year = declarations.year
    for row in declarations.relation_rows:
        rows["raw_relation_row"].append((
            year, row.relation_id, row.row_no, row.operator, float(row.constant), float(row.tolerance),
            float(row.tolerance_share),
        ))  # fmt: skip
        sides: tuple[tuple[str, tuple[Term, ...]], ...] = (("left", row.left), ("right", row.right))
        rows["raw_relation_term"] += [
            (year, row.relation_id, row.row_no, side, number, term.figure, term.measure, term.times)
            for side, terms in sides
            for number, term in enumerate(terms, start=1)
        ]
