"""What explains a number that does not follow from the others: another denominator, another rounding, a slip of the pen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.figures import Figure, Rounding

ROUNDINGS = {"half_up": "四捨五入した値", "half_even": "偶数へ丸めた値", "down": "切り捨てた値"}
FACTORS = (10, 100, 1000)


@dataclass(frozen=True)
class Known:
    """A number that somebody could have used, with its name."""

    label: str
    value: float


@dataclass(frozen=True)
class Explanation:
    """What the printed value agrees with, in words; the lower the rank, the likelier."""

    rank: int
    text: str


def explain_ratio(
    figure: Figure,
    printed: str,
    numerator: Known,
    denominator: Known,
    known: Sequence[Known],
    *,
    last_year: str | None = None,
) -> list[Explanation]:
    """Ratios of the same numerator, or of others, that are displayed as printed; then slips. The likeliest comes first."""
    digits = len(printed.partition(".")[2])
    found = [
        Explanation(rank, f"{numerator.value:g}÷{other.value:g}（{other.label}）を{words}")
        for rank, other, words in _quotients(printed, digits, numerator, known)
        if other.value != denominator.value
    ]
    own = _display(figure.rounding.mode, digits, numerator.value, denominator.value)
    found += [Explanation(50 + rank, text) for rank, text in enumerate(_slips(printed, own, last_year))]
    return sorted(found, key=lambda explanation: explanation.rank)


def _quotients(printed: str, digits: int, numerator: Known, known: Sequence[Known]) -> Iterator[tuple[int, Known, str]]:
    for place, other in enumerate(known):
        if other.value <= 0:
            continue
        for order, (mode, words) in enumerate(ROUNDINGS.items()):
            if _display(mode, digits, numerator.value, other.value) == printed:
                yield order * 10 + min(place, 9), other, words
                break


def _display(mode: str, digits: int, numerator: float, denominator: float) -> str:
    return Rounding(mode=mode, digits=digits).ratio(numerator, denominator)[1]


def _slips(printed: str, own: str, last_year: str | None) -> Iterator[str]:
    """Usual slips that lead from our value to the printed one."""
    if last_year is not None and printed == last_year:
        yield "前回の公表値と一致"
    mine, theirs = float(own) if own.replace(".", "").isdigit() else None, float(printed)
    if mine is None:
        return
    for factor in FACTORS:
        if mine and theirs and abs(theirs - mine * factor) < 1e-9 * factor:
            yield f"正しい値{own}の{factor}倍"
        if (
            mine
            and theirs
            and abs(theirs * factor - mine) < 0.5 * 10 ** -len(printed.partition(".")[2]) * factor
            and theirs * factor == mine
        ):
            yield f"正しい値{own}の{factor}分の１"
    if printed != own and sorted(printed) == sorted(own):
        yield f"正しい値{own}の数字の入れ替わり"


def explain_sum(
    whole: Known, parts: Sequence[Known], *, last_year: Mapping[str, float] | None = None
) -> list[Explanation]:
    """What would make the parts add up to the whole: one part left out or off by one, ten times, with swapped digits."""
    total = sum(part.value for part in parts)
    gap = whole.value - total
    found: list[Explanation] = []
    for part in parts:
        needed = part.value + gap
        told = f"「{part.label}」{part.value:g}"
        if needed == 0:
            found.append(Explanation(10, f"{told}を除いた合計と一致"))
        for text, rank in _one_part(part, needed, last_year or {}):
            found.append(Explanation(rank, f"{told}が{needed:g}であれば一致（{text}）"))
    if abs(gap) == 1:
        found.append(Explanation(30, f"いずれかが１{'少ない' if gap > 0 else '多い'}"))
    return sorted(found, key=lambda explanation: explanation.rank)


def _one_part(part: Known, needed: float, last_year: Mapping[str, float]) -> Iterator[tuple[str, int]]:
    written, wanted = f"{part.value:g}", f"{needed:g}"
    if needed <= 0 or written == wanted:
        return
    if sorted(written) == sorted(wanted) and len(written) > 1:
        yield "数字の入れ替わり", 20
    for factor in FACTORS:
        if part.value == needed * factor or part.value * factor == needed:
            yield f"{factor}倍の誤り", 25
    if last_year.get(part.label) == part.value:
        yield "前回の公表値のまま", 15


def swapped(values: Mapping[str, tuple[float, float]], labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Pairs of figures whose printed values are one another's ours: (figure, figure). `values` are printed and ours."""
    names = [name for name, (printed, ours) in values.items() if printed != ours]
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            if values[one][0] == values[other][1] and values[other][0] == values[one][1]:
                yield labels[one], labels[other]


def in_words(printed: str, explanations: Iterable[Explanation], *, most: int = 3) -> str:
    """One sentence for a reader; empty where nothing explains the number."""
    told = [explanation.text for explanation in explanations][:most]
    return f"{printed}は{'、又は'.join(told)}と一致" if told else ""
