"""The tile map of a prefecture: a tile for each municipality, in about its place, coloured by what it answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.publish.site.answers import STATUS_WORDS, codes_of
from pipeline.publish.site.book import Answer, SiteBook
from schemas.questionnaire import Question

SIGNS = "●▲■◆★▼○△□◇☆▽"
"""A sign beside each colour, so that nobody has to tell the colours apart."""
SEVERAL, CHOSEN = "複数の回答", "選択あり"
NOT_CHOSEN, WITHOUT = "選択なし等", "回答なし等"
BANDS = 5
"""Numbers are shown in up to so many bands."""


@dataclass(frozen=True)
class Tile:
    """A municipality on the map; `kind` is the place of its answer in the legend, from 0, None where it has no answer."""

    code: str
    name: str
    short: str
    column: int
    row: int
    kind: int | None
    told: str


@dataclass(frozen=True)
class TileMap:
    """A map with its legend: of each kind a sign, what it means, and how many municipalities are of it."""

    title: str
    legend: Sequence[tuple[str, str, int]]
    tiles: Sequence[Tile]
    without_answer: int
    without_word: str
    is_ordered: bool = False
    """Whether its kinds go from the least to the most."""

    @property
    def tells(self) -> bool:
        """Whether most of those with an answer have one that a tile can show."""
        several = sum(count for _, kind, count in self.legend if kind == SEVERAL)
        return 2 * several <= sum(count for _, _, count in self.legend)


def tile_maps(book: SiteBook, question: Question) -> list[TileMap]:
    """The map of a question, or of each of its options where many can be chosen.

    None where the roster has no tile grid, or where most municipalities gave several answers in a table.
    """
    codes = [m.code for m in book.declarations.municipalities]
    if not book.declarations.reference.tiles(codes, book.declarations.questionnaire.reference_date):
        return []
    rows = {code: _own_rows(book, code, question) for code in codes}
    if question.type == "count":
        return [one for one in [_map(book, question.label.ja, *_bands(question, rows), is_ordered=True)] if one.tells]
    if question.is_multiple:
        return [
            _map(book, option.label.ja, [CHOSEN], {code: _is_chosen(own, option.code) for code, own in rows.items()})
            for option in question.choices
        ]
    if question.type == "single":
        return [one for one in [_map(book, question.label.ja, *_options(question, rows))] if one.tells]
    return []


def _own_rows(book: SiteBook, code: str, question: Question) -> list[Sequence[Answer]]:
    return [rows for (name, _), rows in book.answers.get(code, {}).items() if name == question.id]


def _is_chosen(rows: Sequence[Sequence[Answer]], option: str) -> str | None:
    chosen = any(row.option_code == option and row.status == "answered" for own in rows for row in own)
    return CHOSEN if chosen else None


def _options(
    question: Question, rows: Mapping[str, Sequence[Sequence[Answer]]]
) -> tuple[list[str], dict[str, str | None]]:
    """The options as kinds, and each municipality's; whose rows differ is of a kind of its own."""
    labels = {option.code: option.label.ja for option in question.choices}
    told: dict[str, str | None] = {}
    for code, own in rows.items():
        given = {
            labels[c] for answers in own for c in codes_of(question, answers) if c in labels and c not in STATUS_WORDS
        }
        told[code] = None if not given else given.pop() if len(given) == 1 else SEVERAL
    several = [SEVERAL] if SEVERAL in told.values() else []
    return [*labels.values(), *several], told


def _bands(
    question: Question, rows: Mapping[str, Sequence[Sequence[Answer]]]
) -> tuple[list[str], dict[str, str | None]]:
    """Numbers in bands that hold about as many municipalities each; whose rows of a table differ is of a kind of its own."""
    given = {
        code: {
            a.value_number for answers in own for a in answers if a.status == "answered" and a.value_number is not None
        }
        for code, own in rows.items()
    }
    single = {code: min(numbers) for code, numbers in given.items() if len(numbers) == 1}
    ordered = sorted(single.values())
    lowest = sorted({ordered[len(ordered) * band // BANDS] for band in range(BANDS)}) if ordered else []
    highest = [*(low - 1 for low in lowest[1:]), *ordered[-1:]]
    unit = question.unit or ""
    words = {low: f"{low}{f'～{end}' if end > low else ''}{unit}" for low, end in zip(lowest, highest, strict=True)}
    told = {
        code: words[max(low for low in lowest if low <= single[code])]
        if code in single
        else SEVERAL
        if given[code]
        else None
        for code in rows
    }
    return [*words.values(), *([SEVERAL] if SEVERAL in told.values() else [])], told


def _map(
    book: SiteBook, title: str, kinds: Sequence[str], told: Mapping[str, str | None], *, is_ordered: bool = False
) -> TileMap:
    declarations = book.declarations
    without = NOT_CHOSEN if list(kinds) == [CHOSEN] else WITHOUT
    places = declarations.reference.tiles(list(told), declarations.questionnaire.reference_date)
    number = {kind: place for place, kind in enumerate(kinds)}
    tiles = [
        Tile(m.code, m.name, m.name[:-1] or m.name, places[m.code].column, places[m.code].row,
             number.get(told[m.code] or ""), told[m.code] or without)
        for m in declarations.municipalities
    ]  # fmt: skip
    counts = [sum(1 for tile in tiles if tile.kind == place) for place in range(len(kinds))]
    legend = [(SIGNS[place % len(SIGNS)], kind, counts[place]) for place, kind in enumerate(kinds)]
    return TileMap(
        title,
        legend,
        sorted(tiles, key=lambda t: (t.row, t.column)),
        sum(1 for t in tiles if t.kind is None),
        without,
        is_ordered,
    )
