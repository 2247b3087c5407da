"""From declarations and targets to the answers of every return.

Two integer programs, one after the other: the answers of municipalities and registered entities with the number
of rows in open tables and the sums over them, then the contents of those rows. Texts, names and register ids follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pipeline.demo.figure_demands import demand_figures
from pipeline.demo.fills import Answer, FilledRow, Fills, ReturnFill
from pipeline.demo.rule_demands import RuleDemands
from pipeline.demo.targets import Targets
from pipeline.demo.taste import EPOCH, Neighbour, Taste
from pipeline.demo.unknowns import Settled, Unknowns, register_value
from pipeline.demo.wordings import Wordings
from pipeline.demo.world import Subject, World, is_open
from pipeline.program import InfeasibleError, Program, Solution
from schemas.errors import DeclarationError
from schemas.questionnaire import NOT_LISTED, Question, block_questions
from schemas.rules import Rule
from schemas.survey import YearDeclarations


def solve(
    declarations: YearDeclarations,
    targets: Targets,
    *,
    seed: int,
    neighbour: Neighbour | None = None,
    step_rules: tuple[Rule, ...] = (),
) -> Fills:
    """Choose every answer of every return of a year, so that the figures come out as targeted.

    Free answers are drawn from the seed, or lie near the neighbouring year's. `step_rules` are the rules of the
    later of the two years; those that compare with last year bound the numbers. Error-level rules and relations
    hold; what only warns is broken as little as the targets allow.

    Raises DeclarationError that names the targets which contradict one another or the rules.
    """
    world = World(declarations, targets.absent)
    taste = Taste(world, targets, seed, neighbour)
    settled = [subject for block in world.questionnaire.blocks for subject in world.subjects(block)]
    first, solution = _solve_program(world, taste, settled, neighbour, step_rules)
    opened = list(_open_subjects(world, first, solution))
    solved = [(first, solution)]
    if opened:
        chosen = _settled(world, first, solution)
        solved.append(_solve_program(world, taste, opened, neighbour, step_rules, chosen))
    return _compose(world, taste, solved)


def _solve_program(
    world: World,
    taste: Taste,
    subjects: list[Subject],
    neighbour: Neighbour | None,
    step_rules: tuple[Rule, ...],
    settled: Settled | None = None,
) -> tuple[Unknowns, Solution]:
    program = Program()
    unknowns = Unknowns(world, program, subjects, taste, settled)
    demand_figures(world, unknowns, taste)
    rules = RuleDemands(world, unknowns, taste)
    rules.demand(world.declarations.rules)
    if neighbour is not None:
        rules.demand_steps(step_rules, neighbour)
    try:
        return unknowns, program.solve()
    except InfeasibleError as error:
        raise DeclarationError(
            reference="targets-contradict",
            where=f"data/demo/{world.questionnaire.year}.yaml",
            found="; ".join(f"{unmet.because}, off by {unmet.by}" for unmet in error.unmet[:10]),
            expected="targets that the questionnaire, the register, the rules and the relations allow together",
            fix="correct one of the targets named here",
        ) from error


def _settled(world: World, unknowns: Unknowns, solution: Solution) -> Settled:
    def chosen(code: str, question_id: str, option: str) -> int:
        block = world.questionnaire.block_of[question_id]
        return solution(unknowns.chosen(Subject(block, code, code, (code,)), question_id, option))

    return chosen


def _open_subjects(world: World, unknowns: Unknowns, solution: Solution) -> Iterator[Subject]:
    """One subject for each row of the open tables, numbered within each return."""
    for block in world.questionnaire.blocks:
        numbers: dict[str, int] = {}
        for code, entity in world.open_places(block) if is_open(block) else ():
            count = solution(unknowns.row_counts[block.id, code, entity.entity_id if entity else ""])
            for _ in range(count):
                numbers[code] = row_no = numbers.get(code, 0) + 1
                yield Subject(block, f"{block.id}:{code}:{row_no}", code, (code,), entity, row_no)


def _compose(world: World, taste: Taste, solved: list[tuple[Unknowns, Solution]]) -> Fills:
    wordings = Wordings(taste)
    rows: dict[str, dict[str, list[FilledRow]]] = {code: {} for code in world.municipalities}
    for unknowns, solution in solved:
        for subject in unknowns.subjects.values():
            if subject.block.is_table and not solution(unknowns.block_asked(subject.block, subject.code)):
                continue
            answers = dict(_answers(world, taste, wordings, subject, unknowns, solution))
            for code in subject.reporters:
                rows[code].setdefault(subject.block.id, []).append(FilledRow(subject.entity_id, answers))
    return {
        code: ReturnFill(code, {block: tuple(filled) for block, filled in blocks.items()})
        for code, blocks in rows.items()
    }


def _answers(
    world: World, taste: Taste, wordings: Wordings, subject: Subject, unknowns: Unknowns, solution: Solution
) -> Iterator[tuple[str, Answer]]:
    found: dict[str, Answer] = {}
    late: list[Question] = []
    for question in block_questions(subject.block):
        if question.type == "text":
            late.append(question)
        elif (answer := _answer(world, subject, question, unknowns, solution)) is not None:
            found[question.id] = answer
    for question in late:
        if taste.is_blank(subject, question) or not solution(unknowns.asked(subject, question)):
            continue
        text = wordings.text(subject, question, found)
        if text is not None:
            found[question.id] = text
    yield from found.items()


def _answer(
    world: World, subject: Subject, question: Question, unknowns: Unknowns, solution: Solution
) -> Answer | None:
    if not solution(unknowns.asked(subject, question)):
        return None
    if question.type == "register":
        return _register_answer(world, subject, question)
    if question.type in ("count", "date"):
        number = unknowns.numbers.get((subject.key, question.id))
        if number is None:
            return None
        value = solution(number)
        return value if question.type == "count" else EPOCH + timedelta(days=value)
    switches = unknowns.switches.get((subject.key, question.id), {})
    chosen = tuple(code for code, switch in switches.items() if solution(switch))
    if question.is_multiple:
        return chosen or None
    return chosen[0] if chosen else None


def _register_answer(world: World, subject: Subject, question: Question) -> str:
    if question.id == subject.block.identity:
        return subject.entity_id if subject.entity else NOT_LISTED
    return register_value(world, subject, question)
