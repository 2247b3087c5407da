"""The questionnaire: the one source of what is asked, of whom, and how an answer may look.

The blank form, the reader, the pandera schemas, the code lists and the documentation derive from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from schemas.labels import Day, Declared, Disclosure, Label, StableId, Text, Year

QuestionType = Literal["single", "multiple", "matrix", "count", "date", "text", "register"]
OptionCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
CHOICE_TYPES = ("single", "multiple", "matrix")
NOT_LISTED = "not_listed"


class Option(Declared):
    """One answer that can be chosen. `aliases` are other wordings, among them wordings printed with an error."""

    code: OptionCode = Field(description="stable code")
    label: Text = Field(description="wording on the form and in the report")
    aliases: tuple[str, ...] = Field((), description="other wordings that are read as this option")
    is_none: bool = Field(False, description="特になし: chosen alone, it says that nothing applies")
    is_other: bool = Field(False, description="その他: has free text, and is never ranked")


class Condition(Declared):
    """True when the named single-choice question has one of the named options; unknown when it is not answered."""

    question: StableId = Field(description="a single-choice question")
    in_: tuple[OptionCode, ...] = Field(alias="in", min_length=1, description="options of which one must be chosen")


class Question(Declared):
    """One question of a block. `asked_if` holds when all its conditions hold."""

    id: StableId = Field(description="stable id; outlives years")
    label: Text = Field(description="wording on the form")
    type: QuestionType = Field(description="how it is answered")
    note: str | None = Field(None, description="how to answer, in Japanese, printed on the form")
    options: tuple[Option, ...] = Field((), description="in the order of the form; for choice questions")
    code_list: StableId | None = Field(None, description="id of a shared list, in place of options")
    columns: tuple[Option, ...] = Field((), description="matrix: at most one of these for each option")
    control: Literal["dropdown", "ticks"] = Field(
        "dropdown", description="single choice: a drop-down list or cells to tick"
    )
    unit: str | None = Field(None, description="what is counted, printed behind the cell")
    minimum: int | None = Field(None, description="smallest number that is taken for plausible")
    maximum: int | None = Field(None, description="largest number that is taken for plausible")
    is_required: bool = Field(False, description="no answer is an error, otherwise a warning")
    is_optional: bool = Field(False, description="no answer is no finding")
    asked_if: tuple[Condition, ...] = Field((), description="who is asked, beyond the conditions of the block")
    reference: str = Field("survey", description="survey, period:<id>, or a date YYYY-MM-DD")
    reliability: int = Field(
        5,
        ge=1,
        le=9,
        description="how hard the answer is to doubt where answers contradict one another: 1 first, 9 last",
    )
    register_kind: str | None = Field(None, description="register question: entity_kind to choose from")
    registered_as: Literal["kind"] | None = Field(
        None, description="the answer is what the register says of the row's entity: kind, single or joint"
    )
    disclosure: Disclosure = Field("internal", description="who may see single answers; aggregate: in figures only")
    derived_from: StableId | None = Field(
        None, description="set by the product on a free text that the question implies"
    )

    @model_validator(mode="after")
    def _fits_type(self) -> Self:
        if self.type in CHOICE_TYPES and not (self.options or self.code_list):
            raise ValueError(f"a {self.type} question needs options or a code_list")
        if self.type == "matrix" and not self.columns:
            raise ValueError("a matrix question needs columns")
        if self.type != "matrix" and self.columns:
            raise ValueError("only a matrix question has columns")
        if self.type == "register" and not self.register_kind:
            raise ValueError("a register question needs register_kind")
        if self.type in ("multiple", "matrix") and self.options and not any(o.is_none for o in self.options):
            raise ValueError("a multiple-answer question needs an option with is_none: true")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("minimum is above maximum")
        return self

    @property
    def is_multiple(self) -> bool:
        """True where several options may be chosen, so that an answer is one row for each choice."""
        return self.type in ("multiple", "matrix")

    @cached_property
    def choices(self) -> tuple[Option, ...]:
        """Every code an answer can carry; a matrix gives `option.column` for each pair, and its 特になし."""
        if self.type != "matrix":
            return self.options
        pairs = [
            Option.model_construct(
                code=f"{row.code}.{column.code}",
                label=Label(
                    ja=f"{row.label.ja} {column.label.ja}",
                    en=f"{row.label.en} ({column.label.en})" if row.label.en and column.label.en else None,
                ),
                aliases=(),
                is_none=False,
                is_other=row.is_other,
            )
            for row in self.options
            if not row.is_none
            for column in self.columns
        ]
        return (*pairs, *(row for row in self.options if row.is_none))


class Block(Declared):
    """Questions that share a grain. A block of capacity 1 at municipality grain is a plain list of questions."""

    id: StableId = Field(description="stable id")
    grain: StableId = Field(description="what a row is about; municipality: a plain list of questions")
    label: Text = Field(description="heading on the form")
    note: str | None = Field(None, description="how to answer, in Japanese, printed on the form")
    capacity: int = Field(1, ge=1, le=500, description="rows on the section's own sheet")
    continuation: int = Field(0, ge=0, le=500, description="further rows on the continuation sheet")
    identity: StableId | None = Field(None, description="the register question that says which entity a row is")
    pair_grain: StableId | None = Field(None, description="grain of (municipality, entity) pairs, one for each row")
    asked_if: tuple[Condition, ...] = Field((), description="who is asked; without it, everyone")
    is_required: bool = Field(False, description="where asked, at least one row must be filled")
    only_secretariat: bool = Field(False, description="rows of a shared entity are filled by its secretariat alone")
    questions: tuple[Question, ...] = Field(min_length=1, description="in the order of the form")

    @property
    def is_table(self) -> bool:
        """True where the block has rows, one for each entity."""
        return self.grain != "municipality"

    @property
    def total_capacity(self) -> int:
        """Rows on the sheet and on the continuation sheet together."""
        return self.capacity + self.continuation

    @model_validator(mode="after")
    def _fits_grain(self) -> Self:
        if not self.is_table and self.total_capacity != 1:
            raise ValueError("a block at municipality grain has capacity 1")
        if self.identity and self.identity not in {q.id for q in self.questions if q.type == "register"}:
            raise ValueError("identity must name a register question of this block")
        return self


class Section(Declared):
    """A part of the report and a sheet of the form."""

    id: StableId = Field(description="stable id")
    number: str = Field(description="number in the report, as ①")
    label: Text = Field(description="heading")
    sheet: str = Field(max_length=31, description="name of the sheet")
    blocks: tuple[Block, ...] = Field(min_length=1, description="in the order of the form")


class Period(Declared):
    """A time span that a count refers to; both days included."""

    id: StableId = Field(description="stable id")
    label: Text = Field(description="wording")
    start: Day = Field(description="first day")
    end: Day = Field(description="last day")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.start > self.end:
            raise ValueError("start is after end")
        return self


class Calendar(Declared):
    """The days of the survey year on which something is due (Japan time)."""

    forms_out: Day = Field(description="forms are written")
    reminder: Day = Field(description="outstanding returns are listed")
    deadline: Day = Field(description="returns are due")
    release_candidate: Day = Field(description="the year is run up to the gate and the draft")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        days = [self.forms_out, self.reminder, self.deadline, self.release_candidate]
        if days != sorted(days):
            raise ValueError("the days must be in order: forms_out, reminder, deadline, release_candidate")
        return self


class Grain(Declared):
    """What a row of answers is about; `register_kind` names the register that identifies it."""

    id: StableId = Field(description="stable id")
    label: Text = Field(description="name")
    register_kind: str | None = Field(
        None, description="entity_kind of the register that identifies rows of this grain"
    )


class CodeList(Declared):
    """Options that several questions share."""

    id: StableId = Field(description="stable id, named by a question as code_list")
    options: tuple[Option, ...] = Field(min_length=1, description="in the order of the form")


class DisclosurePolicy(Declared):
    """What the prefecture decided on sets so small that a figure tells the answer of one municipality, as that of its only 村.

    It is about questions whose answers are published in figures only; single answers to public questions are public anyway.
    """

    small_sets: Literal["show", "withhold"] = Field(
        description="show: the word behind a count says which kinds of municipality it counts; withhold: it never does"
    )
    decided_by: str = Field(min_length=1, description="the office that decided, in Japanese")
    decided_on: Day = Field(description="the day of the decision")
    reason: str = Field(min_length=1, description="why, in Japanese")


class DeclaredChange(Declared):
    """What became of a question in the year `since`, where the questionnaires of both years cannot tell by themselves.

    A later year that is based on this one keeps the entry; it speaks of the step into `since` alone.
    """

    since: Year = Field(description="the survey year from which it holds")
    question: StableId = Field(description="a question of this questionnaire")
    merges: dict[OptionCode, tuple[OptionCode, ...]] = Field(
        default_factory=dict, description="option to the options of the year before that it stands for"
    )
    is_break: bool = Field(False, description="answers do not compare with those of the years before")
    reason: str | None = Field(None, description="why they do not, in Japanese, as 設問の趣旨を改めたため")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.merges or self.is_break):
            raise ValueError("a change merges options, or is a break")
        if self.is_break and not (self.reason and self.reason.strip()):
            raise ValueError("a break needs a reason")
        return self


class Questionnaire(Declared):
    """One year's questionnaire of one survey."""

    survey: str = Field(description="stable id of the survey; a return of another survey is rejected")
    year: Year = Field(description="survey year, as in the file name")
    version: str = Field(description="version of the form; a return of another version is rejected")
    title: Text = Field(description="title on the form and the report")
    prefecture_code: str = Field(pattern=r"^(\d{2}|all)$", description="whose municipalities answer; all: everyone's")
    reference_date: Day = Field(description="the day that answers refer to; who is surveyed follows from it")
    baseline: Text = Field(description="the year that respondents compare with, in words")
    sender: str = Field(description="who sends the form, printed on it")
    calendar: Calendar = Field(description="the days on which something is due")
    grains: tuple[Grain, ...] = Field(description="what rows of answers can be about")
    periods: tuple[Period, ...] = Field((), description="time spans that counts refer to")
    code_lists: tuple[CodeList, ...] = Field((), description="options that several questions share")
    disclosure_policy: DisclosurePolicy | None = Field(
        None, description="the decision on small sets; without it, they are withheld"
    )
    changes: tuple[DeclaredChange, ...] = Field(
        (), description="what the questionnaires cannot tell of a change by themselves"
    )
    sections: tuple[Section, ...] = Field(min_length=1, description="parts of the report, each a sheet of the form")

    @property
    def blocks(self) -> Iterator[Block]:
        """Every block, in the order of the form."""
        return (block for section in self.sections for block in section.blocks)

    @cached_property
    def questions(self) -> dict[str, Question]:
        """Every question by id, derived free-text questions included, in the order of the form."""
        return {q.id: q for block in self.blocks for q in block_questions(block)}

    @cached_property
    def block_of(self) -> dict[str, Block]:
        """The block of every question, by question id."""
        return {q.id: block for block in self.blocks for q in block_questions(block)}

    @cached_property
    def grain_of(self) -> dict[str, Grain]:
        """What a row of a grain is about, by the grain's id."""
        return {grain.id: grain for grain in self.grains}

    @cached_property
    def section_of(self) -> dict[str, Section]:
        """The section of every block, by block id."""
        return {block.id: section for section in self.sections for block in section.blocks}

    def reference_of(self, question: Question) -> str:
        """The date or period a question refers to, as `YYYY-MM-DD` or `YYYY-MM-DD/YYYY-MM-DD`."""
        if question.reference == "survey":
            return self.reference_date.isoformat()
        if question.reference.startswith("period:"):
            period = next(p for p in self.periods if p.id == question.reference.removeprefix("period:"))
            return f"{period.start.isoformat()}/{period.end.isoformat()}"
        return question.reference


def block_questions(block: Block) -> Iterator[Question]:
    """Yield the block's questions, each followed by the free-text question that it implies, if any."""
    for question in block.questions:
        yield question
        text_id = implied_text_id(question)
        if text_id:
            yield Question(
                id=text_id,
                label=Label(ja=f"{question.label.ja}（{_implied_suffix(question)}）"),
                type="text",
                is_optional=True,
                derived_from=question.id,
                asked_if=question.asked_if,
            )


def implied_text_id(question: Question) -> str | None:
    """Id of the free text that belongs to その他 or to a name that the register does not list."""
    if question.type == "register":
        return f"{question.id}_unlisted_name"
    if any(option.is_other for option in question.options):
        return f"{question.id}_other_text"
    return None


def _implied_suffix(question: Question) -> str:
    return "一覧にない場合の名称" if question.type == "register" else "その他の内容"


def resolve_code_lists(questionnaire: Questionnaire) -> Questionnaire:
    """Return the questionnaire with every `code_list` replaced by its options; raises ValueError if unknown."""
    lists = {code_list.id: code_list.options for code_list in questionnaire.code_lists}

    def resolve(question: Question) -> Question:
        if question.code_list is None:
            return question
        if question.code_list not in lists:
            raise ValueError(f"question '{question.id}' names the unknown code list '{question.code_list}'")
        return Question.model_validate(question.model_dump(by_alias=True) | {"options": lists[question.code_list]})

    sections = tuple(
        section.model_copy(
            update={
                "blocks": tuple(
                    block.model_copy(update={"questions": tuple(resolve(q) for q in block.questions)})
                    for block in section.blocks
                )
            }
        )
        for section in questionnaire.sections
    )
    return questionnaire.model_copy(update={"sections": sections})
