"""What targets, rankings and relations demand: figures as sums of the unknowns they count."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from pipeline.demo.row_sums import RowSums
from pipeline.demo.targets import Targets
from pipeline.demo.taste import SCALE, Taste
from pipeline.demo.unknowns import Unknowns
from pipeline.demo.world import Subject, World, is_open
from pipeline.program import Program, Sum, total
from schemas.figures import Figure
from schemas.reference import KIND_LETTERS
from schemas.relations import RelationRow, Term

Contribution = tuple[str, Sum]
"""The municipality whose answer counts, and what it adds to the figure."""

SOFT_PRICE = 3 * SCALE
"""What a warning costs for each unit: more than a whim, less than last year's answers in number."""


class FigureTerms:
    """Counting and summing figures as sums of unknowns; None for a figure that other unknowns decide."""

    def __init__(self, world: World, unknowns: Unknowns, taste: Taste) -> None:
        self._world = world
        self._unknowns = unknowns
        self._row_sums = RowSums(world, unknowns, taste)
        self._found: dict[str, list[Contribution] | None] = {}

    def contributions(self, figure: Figure) -> list[Contribution] | None:
        """What every entity of the figure's population adds to it."""
        if figure.id not in self._found:
            self._found[figure.id] = self._contributions(figure)
        return self._found[figure.id]

    def value(self, figure: Figure, kind: str | None = None) -> Sum | None:
        """The figure's value, or how much of it municipalities of one kind add."""
        found = self.contributions(figure)
        if found is None:
            return None
        kinds = self._world.municipalities
        return total(one for code, one in found if kind is None or kinds[code].kind == kind)

    def _contributions(self, figure: Figure) -> list[Contribution] | None:
        if figure.operation not in ("count", "sum"):
            return None
        if figure.question is None:
            return self._entities(figure)
        block = self._world.questionnaire.block_of[figure.question]
        subjects = [s for s in self._unknowns.subjects.values() if s.block.id == block.id]
        if not subjects:
            return self._row_sums.contributions(figure, block) if is_open(block) else None
        if figure.grain == block.pair_grain:
            return [(code, self._adds(figure, subject)) for subject in subjects for code in subject.reporters]
        return [(subject.code, self._adds(figure, subject)) for subject in subjects]

    def _entities(self, figure: Figure) -> list[Contribution] | None:
        if figure.grain == "municipality":
            return [(code, Sum(constant=1)) for code in self._world.municipalities]
        for block in self._world.questionnaire.blocks:
            subjects = [s for s in self._unknowns.subjects.values() if s.block.id == block.id]
            if figure.grain == block.grain:
                whole = [(s.code, Sum(constant=1)) for s in subjects]
                return whole or self._row_sums.contributions(figure, block)
            if figure.grain == block.pair_grain and subjects:
                return [(code, Sum(constant=1)) for s in subjects for code in s.reporters]
        return None

    def _adds(self, figure: Figure, subject: Subject) -> Sum:
        question = self._world.questionnaire.questions[figure.question or ""]
        if figure.operation == "sum":
            return self._unknowns.numbers.get((subject.key, question.id), Sum())
        if not figure.options:
            return self._unknowns.asked(subject, question)
        chosen = [self._unknowns.chosen(subject, question.id, option) for option in figure.options]
        return self._unknowns.program.any_of(chosen) if question.is_multiple else total(chosen)


def demand_figures(world: World, unknowns: Unknowns, taste: Taste) -> None:
    """Add every target, what the rankings need to print the targeted figures, and the linear relations."""
    terms = FigureTerms(world, unknowns, taste)
    program, targets = unknowns.program, taste.targets
    _demand_targets(world, terms, program, targets)
    _demand_rankings(world, terms, program, targets)
    for row in world.declarations.relation_rows:
        _demand_relation(world, terms, program, row)


def _demand_targets(world: World, terms: FigureTerms, program: Program, targets: Targets) -> None:
    kinds = sorted({m.kind for m in world.municipalities.values()})
    for name, target in targets.figures.items():
        figure = world.declarations.figures[name]
        value = terms.value(figure)
        if value is None:
            continue
        program.require(value, target.value, target.value, f"{name} = {target.value}", firmness=1)
        for kind in kinds if target.word else ():
            among = terms.value(figure, kind) or Sum()
            is_named = KIND_LETTERS[kind] in target.word
            because = f"{name} counts {'a' if is_named else 'no'} {kind}"
            program.require(among, 1 if is_named else None, None if is_named else 0, because, firmness=1)


def _demand_rankings(world: World, terms: FigureTerms, program: Program, targets: Targets) -> None:
    """Where as many candidates are targeted as are printed, every other one stays below the last of them."""
    for ranking in world.declarations.figures.values():
        if ranking.operation != "ranking" or ranking.top is None:
            continue
        printed = [targets.figures[c].value for c in ranking.candidates if c in targets.figures]
        if len(printed) < ranking.top:
            continue
        limit = sorted(printed, reverse=True)[ranking.top - 1] - 1
        for candidate in ranking.candidates:
            value = None if candidate in targets.figures else terms.value(world.declarations.figures[candidate])
            if value is not None:
                program.require(value, None, limit, f"{candidate} is not printed in {ranking.id}", firmness=1)


def _demand_relation(world: World, terms: FigureTerms, program: Program, row: RelationRow) -> None:
    """Demand a relation between values of one year; a relation that only warns is a preference."""
    sides = [_term(world, terms, term, sign) for sign, side in ((1, row.left), (-1, row.right)) for term in side]
    if any(side is None for side in sides) or row.tolerance_share:
        return
    difference = total(side for side in sides if side is not None)
    low = (row.constant - row.tolerance).to_integral_value(ROUND_CEILING)
    high = (row.constant + row.tolerance).to_integral_value(ROUND_FLOOR)
    lower, upper = _limits(row, low, high)
    relation = next(r for r in world.declarations.relations if r.id == row.relation_id)
    if relation.severity == "error":
        program.require(difference, lower, upper, f"relation {row.relation_id}", firmness=10)
    else:
        program.prefer(difference, lower, upper, cost=SOFT_PRICE, because=f"relation {row.relation_id}")


def _limits(row: RelationRow, low: Decimal, high: Decimal) -> tuple[int | None, int | None]:
    return (None if row.operator == "<=" else int(low)), (None if row.operator == ">=" else int(high))


def _term(world: World, terms: FigureTerms, term: Term, sign: int) -> Sum | None:
    figure = world.declarations.figures[term.figure]
    kind = term.measure.removeprefix("kind_")
    if term.measure == "value":
        found = terms.value(figure)
    elif term.measure.startswith("kind_") and kind in KIND_LETTERS and figure.grain == "municipality":
        found = terms.value(figure, kind)
    else:
        return None
    return None if found is None else found * (sign * term.times)
