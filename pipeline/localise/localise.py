"""The localise stage: of returns that contradict themselves or one another, the fewest answers that can explain it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from pipeline.home import Home
from pipeline.localise.declared import DeclaredDemands, previous_numbers
from pipeline.localise.derived import demand_derived
from pipeline.localise.fields import FieldsOfYear
from pipeline.localise.observed import ObservedProgram
from pipeline.localise.reach import number_reaches
from pipeline.localise.registered import RegisterDemands
from pipeline.localise.returns import ReturnBuilder, ReturnUnknowns
from pipeline.localise.search import Contradiction, Search
from pipeline.localise.unknowns import FieldUnknowns
from pipeline.localise.wording import field_words, possible_words
from pipeline.tables import frame, load
from pipeline.validate.derived import absent_sheets
from pipeline.validate.frames import YearTables
from pipeline.validate.validate import load_tables
from schemas.questionnaire import block_questions
from schemas.survey import YearDeclarations

FORCED = ("type", "option", "single", "range", "member")
"""Kinds of rules about one answer alone: where they are broken, that answer cannot stay."""

NOT_OF_ANSWERS = ("form", "return", "collect", "correction")
"""Kinds of rules about files, forms and decisions."""


def localise_returns(
    home: Home, declarations: YearDeclarations, *, previous_answers: pl.DataFrame | None = None
) -> dict[str, pl.DataFrame]:
    """Explain the year's errors; gives the table localisations.

    `previous_answers` are those of the year before as it was released; without them, those that were read last.
    """
    findings = load(home, declarations.year, "findings")
    codes = suspects(findings)
    if not codes:
        return {"localisations": frame("localisations", [])}
    tables = load_tables(home, declarations.year, previous_answers)
    found = explain(tables, findings, declarations)
    return {"localisations": frame("localisations", list(_rows(found, findings, declarations)))}


def suspects(findings: pl.DataFrame) -> list[str]:
    """Codes of the municipalities with an error in what they answered."""
    is_about_answers = ~pl.col("rule_id").str.split(".").list.first().is_in(NOT_OF_ANSWERS)
    own = findings.filter((pl.col("severity") == "error") & is_about_answers)
    codes = set(own["municipality_code"].drop_nulls())
    return sorted(codes)


def explain(tables: YearTables, findings: pl.DataFrame, declarations: YearDeclarations) -> list[Contradiction]:
    """The contradictions behind the errors among the findings, in the order of the returns and of the form."""
    errors = findings.filter(pl.col("severity") == "error")
    told = set(errors["finding_id"])
    is_whole = errors["municipality_code"].is_null().any() and tables.returns.height == len(declarations.municipalities)
    codes = (
        sorted(tables.returns["municipality_code"])
        if is_whole
        else _with_partners(suspects(findings), tables, declarations)
    )
    program, returns = build_program(tables, declarations, codes, is_whole=is_whole)
    fields = [one for code in codes if code in returns for one in returns[code].all_fields()]
    broken = [
        demand for demand in program.demands
        if told.intersection(demand.findings) and not demand.is_met(program.value(demand.subject, {}))
    ]  # fmt: skip
    unreadable = {
        (code, question, row_no)
        for code, question, row_no in _places(
            errors.filter(pl.col("rule_id").str.split(".").list.first().is_in(FORCED))
        )
    }
    forced = [
        one
        for one in fields
        if _place(one) in unreadable and one.is_forced and one.field.kind == "answer" and one.field.weight
    ]
    return Search(program, fields).contradictions(broken, forced)


def _places(findings: pl.DataFrame) -> Iterator[tuple[str, str, int]]:
    for finding, code, question in findings.select("finding_id", "municipality_code", "question_id").iter_rows():
        subject = str(finding).split(":")[2:]
        yield code, question, int(subject[0]) if subject and subject[0].isdigit() else 1


def _place(one: FieldUnknowns) -> tuple[str, str, int]:
    return one.key.municipality_code, one.key.question_id, one.key.row_no


def build_program(
    tables: YearTables, declarations: YearDeclarations, codes: Iterable[str], *, is_whole: bool = False
) -> tuple[ObservedProgram, dict[str, ReturnUnknowns]]:
    """The program of these municipalities' returns with all that is demanded of them, and its unknowns by code."""
    program = ObservedProgram()
    fields = FieldsOfYear(tables, declarations.questionnaire)
    register = RegisterDemands(program, declarations)
    codes = list(codes)
    own = fields.of(codes)
    previous = previous_numbers(tables.previous_answers)
    reaches = number_reaches(declarations, own, previous)
    builder = ReturnBuilder(program, declarations, fields.first_cells(), absent_sheets(tables), reaches)
    returns: dict[str, ReturnUnknowns] = {}
    blocks = [(block, list(block_questions(block))) for block in declarations.questionnaire.blocks]
    for code in sorted(set(codes) & set(tables.returns["municipality_code"])):
        returns[code] = builder.build(code, own.get(code, {}))
        demand_derived(program, returns[code], blocks)
        register.demand(returns[code])
    DeclaredDemands(program, declarations, register, previous).demand(returns, is_whole=is_whole)
    return program, returns


def _with_partners(codes: Iterable[str], tables: YearTables, declarations: YearDeclarations) -> list[str]:
    """Those municipalities, and all that share a registered entity with them, by the register or as they answered, directly or
    through others.
    """
    on = declarations.questionnaire.reference_date
    members: dict[str, set[str]] = defaultdict(set)
    entities: dict[str, set[str]] = defaultdict(set)
    kinds = {grain.register_kind for grain in declarations.questionnaire.grains if grain.register_kind}
    shared = {
        e.entity_id for kind in sorted(kinds) for e in declarations.reference.entities(kind, on) if e.kind == "joint"
    }
    named = tables.answers.filter(pl.col("entity_id").is_in(list(shared)))
    pairs = set(named.select("municipality_code", "entity_id").unique().iter_rows())
    answered = set(tables.returns["municipality_code"])
    pairs |= {(m.code, e) for e in shared for m in declarations.reference.members(e, on) if m.code in answered}
    for code, entity_id in pairs:
        members[entity_id].add(code)
        entities[code].add(entity_id)
    found = set(codes)
    open_codes = list(found)
    while open_codes:
        for entity_id in entities[open_codes.pop()]:
            new = members[entity_id] - found
            found |= new
            open_codes += new
    return sorted(found)


def _rows(
    contradictions: Iterable[Contradiction], findings: pl.DataFrame, declarations: YearDeclarations
) -> Iterator[tuple[Any, ...]]:
    """One row for each field of each solution."""
    by_place: Mapping[tuple[str, str, int], list[str]] = defaultdict(list)
    errors = findings.filter(pl.col("severity") == "error")
    own = errors.filter(pl.col("rule_id").str.split(".").list.first().is_in(FORCED))
    for place, finding in zip(_places(own), own["finding_id"], strict=True):
        by_place[place].append(finding)
    told = {finding: number for number, finding in enumerate(errors["finding_id"])}
    for contradiction in contradictions:
        names = {name for demand in contradiction.demands for name in demand.findings if name in told}
        names |= {name for one in contradiction.forced for name in by_place[_place(one)]}
        besides = {name for demand in contradiction.besides for name in demand.findings if name in told} - names
        explained = [*sorted(names, key=told.__getitem__), *sorted(besides, key=told.__getitem__)]
        for number, solution in enumerate(contradiction.solutions, start=1):
            for field_no, (one, possible) in enumerate(zip(solution.fields, solution.possible, strict=True), start=1):
                yield (
                    declarations.year, explained[0] if explained else "", number, field_no, solution.weight, contradiction.has_more,
                    one.key.municipality_code, one.field.entity_id, one.key.question_id, one.key.option_code,
                    one.key.row_no, one.field.kind,
                    json.dumps(list(one.field.cells), ensure_ascii=False), field_words(one.field),
                    json.dumps(possible_words(one.field, possible, declarations), ensure_ascii=False),
                    json.dumps(explained, ensure_ascii=False),
                )  # fmt: skip
