"""A return as unknowns of the program: its fields by row, the rows that it may have left out, and what is asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.localise.fields import Field, FieldKey, Rows
from pipeline.localise.observed import ObservedProgram
from pipeline.localise.reach import Reach
from pipeline.localise.unknowns import ONE, FieldUnknowns, add_field, drop_with
from pipeline.program import Sum, total
from schemas.questionnaire import NOT_LISTED, Block, Condition, Question
from schemas.survey import YearDeclarations

Fields = Mapping[str, Sequence[FieldUnknowns]]
"""The fields of a row by question; a multiple answer has one for each choice."""


@dataclass(frozen=True, slots=True)
class RowUnknowns:
    """A row of a table, or a municipality's answers to a plain list of questions; `present` is 1 where anything is answered."""

    block: Block
    row_no: int
    entity_id: str
    fields: Fields
    present: Sum = ONE
    dropped: FieldUnknowns | None = None

    def one(self, question_id: str) -> FieldUnknowns | None:
        """The field of a question that is no multiple answer; None where the row has none."""
        return next(iter(self.fields.get(question_id, ())), None)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows that may have been left out of a table: how many, of which entity where the register tells.

    What else they answer is free: whoever writes them in answers as the rules want it.
    """

    block: Block
    entity_id: str
    unknowns: FieldUnknowns


@dataclass
class ReturnUnknowns:
    """One return in the program."""

    code: str
    rows: dict[str, list[RowUnknowns]] = field(default_factory=dict)
    left_out: dict[str, list[LeftOut]] = field(default_factory=dict)
    own: dict[str, Sequence[FieldUnknowns]] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    asked: dict[tuple[str, int, tuple[tuple[str, tuple[str, ...]], ...]], Sum] = field(default_factory=dict)
    """Conclusions that were drawn already, by block, row and conditions."""

    def fields_of(self, row: RowUnknowns, question_id: str) -> Sequence[FieldUnknowns]:
        """The fields of a question as a row sees them: its own, or those of its municipality."""
        return row.fields.get(question_id) or self.own.get(question_id, ())

    def all_fields(self) -> Iterator[FieldUnknowns]:
        """Every field, those of rows left out included."""
        for rows in self.rows.values():
            for row in rows:
                for fields in row.fields.values():
                    yield from fields
                if row.dropped:
                    yield row.dropped
        for left_out in self.left_out.values():
            yield from (one.unknowns for one in left_out)


class ReturnBuilder:
    """Builds returns into a program; `first_cells` are the first cells of blocks, by municipality and block.

    `reaches` are the lowest and highest number of each question.
    """

    def __init__(
        self, program: ObservedProgram, declarations: YearDeclarations, first_cells: Mapping[tuple[str, str], str],
        absent: Iterable[tuple[str, str]], reaches: Mapping[str, Reach],
    ) -> None:  # fmt: skip
        self._program = program
        self._declarations = declarations
        self._first_cells = first_cells
        self._absent = set(absent)
        self._reaches = reaches
        self._entities: dict[tuple[str, str], list[str]] = {}
        self._on = declarations.questionnaire.reference_date

    def build(self, code: str, rows: Rows) -> ReturnUnknowns:
        """Add a return with the fields that it has."""
        absent = frozenset(block for own, block in self._absent if own == code)
        built = ReturnUnknowns(code, absent=absent)
        for block in self._declarations.questionnaire.blocks:
            found = rows.get(block.id, {})
            built.rows[block.id] = [self._row(code, block, row_no, row) for row_no, row in found.items()]
            if not block.is_table:
                for row in built.rows[block.id]:
                    built.own |= row.fields
            elif block.id not in absent:
                built.left_out[block.id] = list(self._left_out(code, block, len(found)))
        return built

    def _row(self, code: str, block: Block, row_no: int, row: Mapping[str, Sequence[Field]]) -> RowUnknowns:
        fields = {
            question_id: [
                add_field(self._program, one, self._domain(code, one), self._reaches.get(question_id, (0, 0)))
                for one in own
            ]
            for question_id, own in row.items()
        }
        entity_id = next(one.entity_id for own in row.values() for one in own)
        if not block.is_table:
            return RowUnknowns(block, row_no, entity_id, fields)
        about = about_question(block)
        observed = next(one.field for one in fields[about.id])
        price = _row_price(block) if observed.weight else 0
        row_field = Field(
            FieldKey(code, about.id, row_no), block, about, entity_id, None, True, price, observed.cells, "dropped_row"
        )
        with self._program.owner() as owner:
            dropped = self._program.seen(0, 1, 0)
        in_row = {
            question_id: [drop_with(self._program, one, dropped) for one in own] for question_id, own in fields.items()
        }
        answers = tuple(answer for own in in_row.values() for answer in own)
        gone = FieldUnknowns(row_field, owner, ONE - dropped, dropped, companions=answers)
        return RowUnknowns(block, row_no, entity_id, in_row, ONE - dropped, gone)

    def _domain(self, code: str, one: Field) -> list[str]:
        if one.question.type != "register":
            return [option.code for option in one.question.choices]
        domain = self.entities(code, one.question)
        is_kept = one.observed == NOT_LISTED or (one.block.is_table and one.block.identity != one.question.id)
        return domain if one.observed in (None, *domain) or not is_kept else [*domain, one.observed]

    def entities(self, code: str, question: Question) -> list[str]:
        """The entities of a register question's kind in which a municipality is a member, in register order."""
        key = code, str(question.register_kind)
        if key not in self._entities:
            entities = self._declarations.reference.entities_of(*key, self._on)
            self._entities[key] = [entity.entity_id for entity in entities]
        return self._entities[key]

    def _left_out(self, code: str, block: Block, used: int) -> Iterator[LeftOut]:
        spare = block.total_capacity - used
        if spare <= 0:
            return
        about = about_question(block)
        entities = self.entities(code, about) if about.type == "register" else [""]
        cell = self._first_cells.get((code, block.id))
        for entity_id in entities:
            key, cells = FieldKey(code, about.id, 0, entity_id), (cell,) if cell else ()
            one = Field(key, block, about, entity_id, 0, True, _row_price(block), cells, "added_rows")
            with self._program.owner() as owner:
                count = self._program.seen(0, 1 if block.identity else spare, 0)
                change = self._program.seen(0, 1, 0)
                self._program.require(count - change * spare, None, 0, "a row left out is a change")
                self._program.require(count - change, 0, None, "a change is a row left out")
            yield LeftOut(block, entity_id, FieldUnknowns(one, owner, ONE, change, number=count))


def about_question(block: Block) -> Question:
    """The question that says what a row is about, else the first."""
    return next((q for q in block.questions if q.id == block.identity or q.type == "register"), block.questions[0])


def _row_price(block: Block) -> int:
    """What one row too many or too few costs: as much as its required answers, at least two of them."""
    required = [2 * question.reliability for question in block.questions if question.is_required]
    return max(sum(required), 2 * 2 * about_question(block).reliability)


def asked(program: ObservedProgram, built: ReturnUnknowns, row: RowUnknowns, conditions: tuple[Condition, ...]) -> Sum:
    """1 where all conditions hold, as a row sees them."""
    if not conditions:
        return ONE
    is_own = any(condition.question in row.fields for condition in conditions)
    told = tuple((condition.question, condition.in_) for condition in conditions)
    key = (row.block.id if is_own else "", row.row_no if is_own else 0, told)
    if key not in built.asked:
        parts = [holds(built, row, condition.question, condition.in_) for condition in conditions]
        built.asked[key] = program.all_of(parts)
    return built.asked[key]


def holds(built: ReturnUnknowns, row: RowUnknowns, question_id: str, options: Iterable[str]) -> Sum:
    """1 where the answer to a question is one of these options."""
    fields = built.fields_of(row, question_id)
    wanted = set(options)
    if fields and fields[0].field.question.is_multiple:
        return total(one.answered for one in fields if one.key.option_code in wanted)
    return total(fields[0].chosen(option) for option in sorted(wanted)) if fields else Sum()
