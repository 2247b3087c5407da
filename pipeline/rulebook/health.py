"""Whether the rules make sense together: which contradict, which follow from others, which can never find anything.

Rules about answers are asked of every return there could be, by the program that explains contradictions: answers are left
open, and a rule can find something where some answers break it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from pipeline.highs import Model, Row, Solver
from pipeline.localise.localise import build_program
from pipeline.localise.observed import Demand, ObservedProgram
from pipeline.localise.returns import ReturnUnknowns
from pipeline.program import Sum
from pipeline.validate.frames import YearTables
from schemas.survey import YearDeclarations


@dataclass(frozen=True)
class Health:
    """What is wrong with a set of rules.

    `never` can find nothing whatever is answered; `implied` find nothing that other rules do not find, each with those without
    one of which it would (none where several find the same); `dead` are options, as question.option, that no return can have
    without breaking a rule, and questions without options that none can answer so, each with the rules that stand against it;
    `unknown` could not be asked, since nothing at hand has what they judge.
    """

    never: frozenset[str] = frozenset()
    implied: Mapping[str, Sequence[str]] = field(default_factory=dict)
    dead: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()


class OpenReturns:
    """The returns of a few municipalities with every answer open, and all that is demanded of them."""

    def __init__(self, program: ObservedProgram, returns: Mapping[str, ReturnUnknowns]) -> None:
        self.program = program
        self.returns = returns
        self.by_rule: dict[str, list[Demand]] = defaultdict(list)
        for demand in program.demands:
            for rule in {finding.partition(":")[0] for finding in demand.findings}:
                self.by_rule[rule].append(demand)
        self._hard = [demand for demand in program.demands if demand.penalty is None]
        self._owners = {demand: program.owners_of(demand.subject) for demand in program.demands}
        self._solver = Solver()

    def could_be(
        self,
        *,
        broken: Demand | None = None,
        without: Collection[Demand] = (),
        chosen: Sum | None = None,
        ruled: bool = True,
    ) -> bool:
        """Whether answers exist: that break a demand, without some others, with a choice made; under all rules if `ruled`.

        What breaks a warning is looked for under the other warnings too; else they stand against nothing.
        """
        is_warning = broken is not None and broken.penalty is not None
        beside = self.program.demands if is_warning else self._hard
        demands = [d for d in beside if d not in without and (ruled or not d.findings)]
        wanted: list[Row] = [_row(chosen, 1, None)] if chosen is not None else []
        if broken is None:
            return self._has_values(demands, wanted)
        ends = []
        if broken.low is not None:
            ends.append(_row(broken.subject, None, broken.low - 1))
        if broken.high is not None:
            ends.append(_row(broken.subject, broken.high + 1, None))
        return any(self._has_values(demands, [*wanted, end]) for end in ends)

    def implied_by(self, rule: str) -> list[str]:
        """The rules without one of which an implied rule would find something, where it is asked first, of those about the same answers."""
        own = self.by_rule[rule]
        first = own[0]
        near = [o for o, demands in self.by_rule.items() if any(self._owners[d] & self._owners[first] for d in demands)]
        return [o for o in near if o != rule and self.could_be(broken=first, without=[*own, *self.by_rule[o]])]

    def _has_values(self, demands: Sequence[Demand], wanted: Sequence[Row]) -> bool:
        """Whether the part of the program that hangs together with what is wanted has values; the rest has those observed."""
        owners, used = self._part(demands, wanted)
        unknowns = [u for owner in sorted(owners) for u in self.program.owned_by(owner)]
        place = {unknown: number for number, unknown in enumerate(unknowns)}
        rows: list[Row] = [(b.terms, b.low, b.high) for owner in sorted(owners) for b in self.program.bounds_of(owner)]
        rows += [_row(demand.subject, demand.low, demand.high) for demand in used]
        placed = [({place[u]: times for u, times in terms.items()}, low, high) for terms, low, high in (*rows, *wanted)]
        ranges = [self.program.ranges[unknown] for unknown in unknowns]
        return Model([0] * len(unknowns), ranges, placed, self._solver).minimise() is not None

    def _part(self, demands: Sequence[Demand], wanted: Sequence[Row]) -> tuple[set[int], list[Demand]]:
        """The owners that what is wanted is made of, and all that demands tie to them, with these demands."""
        owners = set(self.program.made_of({self.program.owner_of(u) for terms, _, _ in wanted for u in terms}))
        used: dict[Demand, None] = {}
        left = list(demands)
        while True:
            near = [demand for demand in left if self._owners[demand] & owners]
            if not near:
                return owners, list(used)
            used |= dict.fromkeys(near)
            left = [demand for demand in left if demand not in used]
            for demand in near:
                owners |= self._owners[demand]


def _row(subject: Sum, low: int | None, high: int | None) -> Row:
    return (
        subject.terms,
        None if low is None else low - subject.constant,
        None if high is None else high - subject.constant,
    )


def open_returns(tables: YearTables, declarations: YearDeclarations) -> OpenReturns | None:
    """The returns of a few municipalities: who shares an entity with fewest, and who takes part in most of each kind.

    None where nothing was read.
    """
    codes = _few(tables, declarations)
    return OpenReturns(*build_program(tables, _of_these(declarations, codes), codes, is_whole=True)) if codes else None


def _of_these(declarations: YearDeclarations, codes: Collection[str]) -> YearDeclarations:
    """The same survey of these municipalities alone, so that what is demanded of all together can be examined."""
    reference = declarations.reference
    asked = tuple(m for m in reference.municipalities if m.code in codes)
    return replace(declarations, reference=replace(reference, municipalities=asked))


def _few(tables: YearTables, declarations: YearDeclarations) -> list[str]:
    on, reference = declarations.questionnaire.reference_date, declarations.reference
    here = sorted(tables.returns["municipality_code"])
    groups = [
        codes for entity in reference.register
        if len(codes := {m.code for m in reference.members(entity.entity_id, on)} & set(here)) > 1
    ]  # fmt: skip
    smallest: set[str] = min(groups, key=lambda codes: (len(codes), sorted(codes)), default=set())
    chosen = set(smallest)
    kinds = sorted({grain.register_kind for grain in declarations.questionnaire.grains if grain.register_kind})
    for kind in kinds:
        entities = {code: reference.entities_of(code, kind, on) for code in here}
        for register_kind in ("single", "joint"):
            own = [code for code in here if any(entity.kind == register_kind for entity in entities[code])]
            chosen |= set(own[:1])
        both = [code for code in here if len({entity.kind for entity in entities[code]}) > 1]
        chosen |= set(both[:1])
    return sorted(chosen or here[:1])


def examine(tables: YearTables, declarations: YearDeclarations) -> Health:
    """Examine the rules about answers of a year, beside the returns that were read for it."""
    asked = open_returns(tables, declarations)
    if asked is None:
        return Health(unknown=frozenset(rule.id for rule in declarations.rules))
    never: set[str] = set()
    implied: dict[str, list[str]] = {}
    for rule, demands in asked.by_rule.items():
        if not any(asked.could_be(broken=demand, ruled=False) for demand in demands):
            never.add(rule)
        elif not any(asked.could_be(broken=demand, without=demands) for demand in demands):
            implied[rule] = asked.implied_by(rule)
    declared = {rule.id for rule in declarations.rules}
    met_always = {finding.partition(":")[0] for finding in asked.program.never_told}
    never |= (met_always & declared) - asked.by_rule.keys()
    unknown = declared - asked.by_rule.keys() - never
    return Health(frozenset(never), implied, _dead_answers(asked, declarations), frozenset(unknown))


def _dead_answers(asked: OpenReturns, declarations: YearDeclarations) -> dict[str, list[str]]:
    """Options that no return can have, and questions without options that none can answer, without breaking a rule."""
    dead: dict[str, list[str]] = {}
    alive: set[str] = set()
    for built in asked.returns.values():
        for one in built.all_fields():
            question = one.field.question
            if one.field.kind != "answer" or question.derived_from:
                continue
            choices = {one.key.option_code: one.answered} if question.is_multiple else one.options
            named = {f"{question.id}.{code}": chosen for code, chosen in choices.items()}
            for name, chosen in (named if question.options else {question.id: one.answered}).items():
                if name in alive:
                    continue
                if asked.could_be(chosen=chosen):
                    alive.add(name)
                    dead.pop(name, None)
                else:
                    dead[name] = _against(asked, chosen, question.id)
    return dead


def _against(asked: OpenReturns, chosen: Sum, question_id: str) -> list[str]:
    """The rules of which leaving out one alone would let an option be chosen; else all that read its question."""
    alone = [rule for rule, demands in asked.by_rule.items() if asked.could_be(chosen=chosen, without=demands)]
    return sorted(alone) or sorted(rule for rule in asked.by_rule if question_id in rule)


def uncovered_questions(declarations: YearDeclarations, outcomes: pl.DataFrame) -> list[str]:
    """Questions of which no rule judges more than that the answer can be read and is there."""
    plain = ("type", "answered", "option", "single")
    judged = {rule.partition(".")[2] for rule in outcomes["rule_id"] if rule.partition(".")[0] not in plain}
    declared = {name for rule in declarations.rules for name in rule.named_questions}
    related = {figure.question for figure in declarations.figures.values() if figure.question}
    return [
        question.id for block in declarations.questionnaire.blocks for question in block.questions
        if question.id not in judged | declared | related
    ]  # fmt: skip
