"""Figures counted straight from demo answers, without the solver's sums and without SQL."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.demo.fills import Answer, FilledRow, Fills, codes_of
from schemas.figures import Figure
from schemas.questionnaire import Block
from schemas.reference import KIND_LETTERS
from schemas.survey import YearDeclarations

Counted = list[tuple[str, int]]


def contributions(declarations: YearDeclarations, fills: Fills, figure: Figure) -> Counted:
    """(municipality, value) of every entity that adds something to a counting or summing figure."""
    found: Counted = []
    for code, row in _entities(declarations, fills, figure):
        answer = row.answers.get(figure.question) if figure.question and row else None
        value = _value(figure, answer)
        if value:
            found.append((code, value))
    return found


def figure_value(declarations: YearDeclarations, fills: Fills, figure: Figure) -> int:
    """The figure's value: the sum of its contributions."""
    return sum(value for _, value in contributions(declarations, fills, figure))


def unit_word(declarations: YearDeclarations, fills: Fills, figure: Figure) -> str:
    """The letters of the kinds of municipality that a figure counts."""
    kinds = {m.code: KIND_LETTERS[m.kind] for m in declarations.municipalities}
    counted = {kinds[code] for code, _ in contributions(declarations, fills, figure)}
    return "".join(letter for letter in KIND_LETTERS.values() if letter in counted)


def ranking(declarations: YearDeclarations, fills: Fills, figure: Figure) -> list[str]:
    """The candidates that a ranking prints; ties keep the form's order."""
    values = {c: figure_value(declarations, fills, declarations.figures[c]) for c in figure.candidates}
    return sorted(figure.candidates, key=lambda c: -values[c])[: figure.top]


def _value(figure: Figure, answer: Answer | None) -> int:
    if figure.question is None:
        return 1
    if answer is None:
        return 0
    if figure.operation == "sum":
        assert isinstance(answer, int)
        return answer
    chosen = set(codes_of(answer))
    return int(not figure.options or not chosen.isdisjoint(figure.options))


def _entities(declarations: YearDeclarations, fills: Fills, figure: Figure) -> Iterator[tuple[str, FilledRow | None]]:
    """Every entity of the figure's grain with the row of the municipality whose answer counts for it."""
    block = _block(declarations, figure)
    if block is None:
        yield from ((municipality.code, None) for municipality in declarations.municipalities)
        return
    secretariats = {e.entity_id: e.secretariat_code for e in declarations.reference.register}
    seen: set[str] = set()
    for code, fill in fills.items():
        for row in fill.rows.get(block.id, ()):
            is_pair = figure.grain == block.pair_grain
            if not is_pair and secretariats.get(row.entity_id, code) != code:
                continue
            key = f"{code}:{row.entity_id}" if is_pair else row.entity_id
            assert key not in seen
            seen.add(key)
            yield code, row


def _block(declarations: YearDeclarations, figure: Figure) -> Block | None:
    if figure.question:
        return declarations.questionnaire.block_of[figure.question]
    blocks = [b for b in declarations.questionnaire.blocks if b.is_table]
    return next((b for b in blocks if figure.grain in (b.grain, b.pair_grain)), None)
