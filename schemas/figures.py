"""Figures: every number of the report, declared once.

A base figure counts or sums over the entities of one grain; a ratio names two figures; a ranking names
its candidates. A declaration with `each_option` stands for one figure for each option of its question.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Literal, Self

from pydantic import Field, model_validator

from schemas.labels import Declared, Label, StableId, Text, Year
from schemas.questionnaire import Question, Questionnaire

Operation = Literal["count", "sum", "ratio", "ranking"]
OVER_NOTHING = "－"
"""How a ratio over zero is displayed."""
_MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}


class Rounding(Declared):
    """How a value is displayed. half_up is 四捨五入."""

    mode: Literal["half_up", "half_even", "down"] = Field(
        "half_up", description="half_up (四捨五入), half_even, or down (切捨て)"
    )
    digits: int = Field(0, ge=0, le=4, description="digits after the decimal point")

    def ratio(self, numerator: float | None, denominator: float | None) -> tuple[float | None, str]:
        """The raw quotient of two whole numbers and how it is displayed; over zero or with a number unknown, no value."""
        if numerator is None or not denominator:
            return None, OVER_NOTHING
        exact = Decimal(numerator) / Decimal(denominator)
        return numerator / denominator, str(exact.quantize(Decimal(1).scaleb(-self.digits), rounding=_MODES[self.mode]))


class Unit(Declared):
    """What stands behind the number; with `is_kind_word` a word of the kinds of municipality counted, as 市町."""

    id: StableId = Field(description="stable id")
    label: Text = Field(description="wording behind the number")
    is_kind_word: bool = Field(False, description="the word is computed from the kinds of municipality counted")


class EachOption(Declared):
    """Makes one figure for each option of the question (matrix: for each pair of option and column)."""

    published_ids: dict[str, str] = Field(default_factory=dict, description="option to id in the published list")
    exclude: tuple[str, ...] = Field((), description="options that make no figure")


class FigureDeclaration(Declared):
    """A figure, or with `each_option` a family of figures."""

    id: StableId = Field(description="stable id; outlives years")
    section: StableId = Field(description="section of the report")
    label: Text = Field(description="wording in the report; with each_option, the name of the family")
    operation: Operation = Field(description="how it comes about")
    unit: StableId = Field(description="id of a unit")
    published_id: str | None = Field(None, description="id in the published list, where it is printed there")
    grain: StableId = Field("municipality", description="what is counted")
    question: StableId | None = Field(
        None, description="question whose answers count; without it, all entities of the grain"
    )
    options: tuple[str, ...] = Field((), description="answers that count; empty: any answer")
    each_option: EachOption | None = Field(None, description="one figure for each option of the question")
    numerator: StableId | None = Field(None, description="ratio: figure above the line")
    denominator: StableId | None = Field(None, description="ratio: figure below the line")
    candidates: tuple[StableId, ...] = Field(
        (), description="ranking: figures, or ids of declarations with each_option"
    )
    top: int | None = Field(None, ge=1, description="ranking: how many are printed; ties keep the form's order")
    rounding: Rounding = Field(Rounding(), description="how the value is displayed")
    printed_as: tuple[str, ...] = Field((), description="other wordings under which a document may print it")
    printed_under: tuple[str, ...] = Field(
        (), description="headings below which a document prints it, besides its family"
    )
    note: str | None = Field(None, description="remark for whoever reads the declaration")

    @model_validator(mode="after")
    def _fits_operation(self) -> Self:
        if self.operation == "ratio" and not (self.numerator and self.denominator):
            raise ValueError("a ratio needs numerator and denominator")
        if self.operation == "ranking" and not (self.candidates and self.top):
            raise ValueError("a ranking needs candidates and top")
        if self.operation == "sum" and not self.question:
            raise ValueError("a sum needs a question")
        if self.each_option and (not self.question or self.options or self.operation != "count"):
            raise ValueError("each_option needs operation count, a question and no options")
        return self


class FigureFile(Declared):
    """`figures/<year>.yaml`."""

    year: Year = Field(description="survey year, as in the file name")
    units: tuple[Unit, ...] = Field(description="units that figures name")
    figures: tuple[FigureDeclaration, ...] = Field(description="in the order of the report")


class Figure(Declared):
    """One figure, after families have been expanded. `order` is its place in the report."""

    id: str
    published_id: str | None
    section: str
    label: Label
    operation: Operation
    unit: str
    grain: str
    question: str | None
    options: tuple[str, ...]
    numerator: str | None
    denominator: str | None
    candidates: tuple[str, ...]
    top: int | None
    rounding: Rounding
    reference: str
    order: int
    family: str
    printed_as: tuple[str, ...] = ()
    printed_under: tuple[str, ...] = ()
    is_other: bool = False

    @property
    def is_of_options(self) -> bool:
        """Whether it counts who chose something, so that its label alone does not tell what was asked."""
        return self.question is not None and bool(self.options)


def expand_figures(file: FigureFile, questionnaire: Questionnaire) -> list[Figure]:
    """Return every figure in the order of the report; references must have been checked."""
    expanded: list[Figure] = []
    families: dict[str, list[str]] = {}
    for declaration in file.figures:
        members = list(_expand(declaration, questionnaire))
        families[declaration.id] = [m.id for m in members]
        expanded += members
    placed: list[Figure] = []
    rankable = {figure.id for figure in expanded if not figure.is_other}
    references: dict[str, str] = {f.id: f.reference for f in expanded}
    for order, figure in enumerate(expanded):
        candidates = [c for name in figure.candidates for c in families.get(name, [name]) if c in rankable]
        reference = references.get(figure.numerator or "", "") or figure.reference
        placed.append(
            figure.model_copy(update={"order": order, "candidates": tuple(candidates), "reference": reference})
        )
    return placed


def _expand(declaration: FigureDeclaration, questionnaire: Questionnaire) -> Iterator[Figure]:
    question = questionnaire.questions.get(declaration.question or "")
    common = {
        "section": declaration.section, "operation": declaration.operation, "unit": declaration.unit,
        "grain": declaration.grain, "question": declaration.question, "numerator": declaration.numerator,
        "denominator": declaration.denominator, "candidates": declaration.candidates, "top": declaration.top,
        "rounding": declaration.rounding, "order": 0, "family": declaration.id,
        "printed_under": (
            *declaration.printed_under, *((declaration.label.ja,) if declaration.each_option else ()),
        ),
        "reference": (questionnaire.reference_of(question) if question else questionnaire.reference_date.isoformat()),
    }  # fmt: skip
    if declaration.each_option is None or question is None:
        yield Figure(
            id=declaration.id, published_id=declaration.published_id, label=declaration.label,
            options=declaration.options, printed_as=declaration.printed_as, **common,
        )  # fmt: skip
        return
    for option in question.choices:
        if option.code in declaration.each_option.exclude:
            continue
        yield Figure(
            id=f"{declaration.id}.{option.code}",
            published_id=declaration.each_option.published_ids.get(option.code),
            label=option.label,
            options=(option.code,),
            printed_as=option.aliases,
            is_other=option.is_other or option.is_none,
            **common,
        )


def figure_faults(file: FigureFile, questionnaire: Questionnaire) -> Iterator[tuple[str, str]]:
    """Yield (declaration id, complaint) for every reference of the figures that leads nowhere."""
    units = {unit.id for unit in file.units}
    sections = {section.id for section in questionnaire.sections}
    grains = {grain.id for grain in questionnaire.grains}
    families = {declaration.id for declaration in file.figures}
    known_questions = all(d.question in questionnaire.questions for d in file.figures if d.question)
    ids = {f.id for f in expand_figures(file, questionnaire)} if known_questions else set()
    derived = {declaration.id for declaration in file.figures if declaration.operation in ("ratio", "ranking")}
    seen: set[str] = set()
    for declaration in file.figures:
        if declaration.id in seen:
            yield declaration.id, "figure id is used twice"
        seen.add(declaration.id)
        if declaration.unit not in units:
            yield declaration.id, f"unknown unit '{declaration.unit}'"
        if declaration.section not in sections:
            yield declaration.id, f"unknown section '{declaration.section}'"
        if declaration.grain not in grains:
            yield declaration.id, f"unknown grain '{declaration.grain}'"
        yield from _question_faults(declaration, questionnaire)
        for name in (declaration.numerator, declaration.denominator):
            if name and ids and name not in ids:
                yield declaration.id, f"unknown figure '{name}'"
            elif name in derived:
                yield declaration.id, f"'{name}' is itself a ratio or ranking: a ratio is made of counts and sums"
        for name in declaration.candidates:
            if ids and name not in ids | families:
                yield declaration.id, f"unknown candidate '{name}'"
            elif name in derived:
                yield declaration.id, f"'{name}' is itself a ratio or ranking: counts and sums are ranked"


def _question_faults(declaration: FigureDeclaration, questionnaire: Questionnaire) -> Iterator[tuple[str, str]]:
    if declaration.question is None:
        if declaration.operation == "count" and declaration.grain != "municipality":
            yield (
                declaration.id,
                "a count without a question counts the roster, at grain municipality: name the question",
            )
        return
    question: Question | None = questionnaire.questions.get(declaration.question)
    if question is None:
        yield declaration.id, f"unknown question '{declaration.question}'"
        return
    if question.disclosure == "internal":
        yield declaration.id, f"question '{question.id}' is internal: declare it aggregate or public to count it"
    block = questionnaire.block_of[question.id]
    if declaration.grain not in (block.grain, block.pair_grain):
        yield declaration.id, f"grain '{declaration.grain}' is not that of '{question.id}' ({block.grain})"
    if declaration.operation == "sum" and question.type != "count":
        yield declaration.id, f"a sum needs a count question, '{question.id}' is {question.type}"
    codes = {choice.code for choice in question.choices}
    wanted = set(declaration.options)
    if declaration.each_option:
        wanted |= set(declaration.each_option.published_ids) | set(declaration.each_option.exclude)
    if wanted - codes:
        yield declaration.id, f"unknown options of '{question.id}': {sorted(wanted - codes)}"
