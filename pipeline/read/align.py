"""Where the form's cells stand in a returned workbook whose rows, columns or sheets somebody moved.

Places are told by the form's own texts: a row by all of them that stand in it, a column by those that stand in no other.
What they do not tell for certain is not guessed: then nothing of the sheet is followed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

Spot = tuple[int, int]
"""Row and column."""
Texts = Mapping[Spot, str]
"""The texts of a sheet by their spots, as `plain_text` makes them."""

OWN, OTHER = 0.9, 0.5
"""Share of the form's texts that a sheet under another name must hold, and that the next likely one must not."""


@dataclass(frozen=True)
class Aligned:
    """Where a sheet of the form stands: under which name, and where its rows and columns went.

    Rows and columns are those of the form, each with that of the workbook; one that is not there is not known.
    """

    name: str
    rows: Mapping[int, int] = field(default_factory=dict)
    columns: Mapping[int, int] = field(default_factory=dict)
    is_moved: bool = False

    def spot(self, spot: Spot) -> Spot | None:
        """Where a spot of the form stands in the workbook; None where that is not certain."""
        if not self.is_moved:
            return spot
        row, column = self.rows.get(spot[0]), self.columns.get(spot[1])
        return None if row is None or column is None else (row, column)


def align(
    form: Mapping[str, Texts], wanted: Mapping[str, Iterable[Spot]], sheets: Mapping[str, Texts]
) -> dict[str, Aligned | None]:
    """Where each of the form's sheets stands in a workbook.

    `form` has the fixed texts of the form's sheets, `wanted` the spots of their answer cells, `sheets` what stands on those
    of the workbook. A sheet that is not there has no entry; one of whose answer cells a single one cannot be found is None.
    """
    names = _names(form, sheets)
    return {sheet: _aligned(name, form[sheet], wanted.get(sheet, ()), sheets[name]) for sheet, name in names.items()}


def _names(form: Mapping[str, Texts], sheets: Mapping[str, Texts]) -> dict[str, str]:
    """The workbook's name of each sheet of the form: its own, or that of the one sheet that holds its texts."""
    names = {sheet: sheet for sheet in form if sheet in sheets}
    free = {name: set(texts.values()) for name, texts in sheets.items() if name not in form}
    for sheet in form.keys() - names.keys():
        own = set(form[sheet].values())
        shares = (
            sorted(((len(own & texts) / len(own), name) for name, texts in free.items()), reverse=True) if own else []
        )
        if shares and shares[0][0] >= OWN and (len(shares) == 1 or shares[1][0] < OTHER):
            names[sheet] = shares[0][1]
    claimed = list(names.values())
    return {sheet: name for sheet, name in names.items() if claimed.count(name) == 1}


def _aligned(name: str, form: Texts, wanted: Iterable[Spot], sheet: Texts) -> Aligned | None:
    wanted = frozenset(wanted)
    if not _is_moved(form, wanted, sheet):
        return Aligned(name)
    columns = _columns(form, sheet, {column for _, column in wanted})
    rows = _rows(form, sheet, columns)
    found = Aligned(name, rows, columns, is_moved=True)
    return found if all(found.spot(spot) for spot in wanted) else None


def _is_moved(form: Texts, wanted: Container[Spot], sheet: Texts) -> bool:
    """Whether a text of the form stands where another belongs, or is pushed to a spot that is none of the form's.

    On a sheet without any text in its place, as where somebody copied the answers alone, an answer may be worded like one.
    """
    lacking = {text for spot, text in form.items() if spot not in sheet}
    is_form = any(sheet.get(spot) == text for spot, text in form.items())
    return any(spot in sheet and sheet[spot] != text for spot, text in form.items()) or any(
        text in lacking for spot, text in sheet.items() if spot not in form and (is_form or spot not in wanted)
    )


def _columns(form: Texts, sheet: Texts, wanted: Iterable[int]) -> dict[int, int]:
    """The columns whose texts all stand in one column, or in a row that there is once; and those between two of them.

    Those between are told where the two stand as far apart as in the form.

    Of wanted ones behind the last column with texts nothing tells but that one: they stand as far behind it.
    """
    in_form, in_sheet = _by_text(form), _by_text(sheet)
    votes: dict[int, set[int]] = defaultdict(set)
    for text, spots in in_form.items():
        own, there = ({column for _, column in found} for found in (spots, in_sheet.get(text, ())))
        if len(own) == len(there) == 1:
            votes[own.pop()].add(there.pop())
    own_lines, lines = _lines(form, in_form), _lines(sheet, in_form)
    for words, found in own_lines.items():
        if len(found) == len(lines.get(words, ())) == 1:
            for own_column, column in zip(found[0], lines[words][0], strict=True):
                votes[own_column].add(column)
    told = {column: there.pop() for column, there in votes.items() if len(there) == 1}
    if len(set(told.values())) < len(told):
        return {}
    known = sorted(told)
    for left, right in pairwise(known):
        if told[right] - told[left] == right - left:
            told |= {column: told[left] + column - left for column in range(left + 1, right)}
    last = max(column for _, column in form)
    return told | {column: told[last] + column - last for column in wanted if column > last and last in told}


def _lines(texts: Texts, known: Container[str]) -> dict[tuple[str, ...], list[tuple[int, ...]]]:
    """The columns of the rows with the same known texts in the same order, by these texts."""
    rows: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for (row, column), text in texts.items():
        if text in known:
            rows[row].append((column, text))
    found: dict[tuple[str, ...], list[tuple[int, ...]]] = defaultdict(list)
    for line in rows.values():
        columns, words = zip(*sorted(line), strict=True)
        found[words].append(columns)
    return found


def _by_text(texts: Texts) -> dict[str, list[Spot]]:
    found: dict[str, list[Spot]] = defaultdict(list)
    for spot, text in texts.items():
        found[text].append(spot)
    return found


def _rows(form: Texts, sheet: Texts, columns: Mapping[int, int]) -> dict[int, int]:
    """The rows that hold all texts of a row of the form; where several do, the only one between those around it."""
    lines: dict[int, dict[int, str]] = defaultdict(dict)
    for (row, column), text in form.items():
        if column in columns:
            lines[row][columns[column]] = text
    candidates = {row: _holding(texts, sheet) for row, texts in lines.items()}
    told = {row: there.pop() for row, there in ((r, set(c)) for r, c in candidates.items()) if len(there) == 1}
    if len(set(told.values())) < len(told):
        return {}
    is_settled = False
    while not is_settled:
        is_settled = True
        for row in sorted(candidates.keys() - told.keys()):
            low = max((told[other] for other in told if other < row), default=0)
            high = min((told[other] for other in told if other > row), default=max(r for r, _ in sheet) + 1)
            between = [there for there in candidates[row] if low < there < high]
            if len(between) == 1:
                told[row], is_settled = between[0], False
    return told


def _holding(texts: Mapping[int, str], sheet: Texts) -> list[int]:
    """The rows of a sheet that hold these texts in these columns."""
    column, text = next(iter(texts.items()))
    begun = (row for (row, place), found in sheet.items() if place == column and found == text)
    return [row for row in begun if all(sheet.get((row, place)) == found for place, found in texts.items())]
