"""The crosswalk between two years' questionnaires: what of a question changed, and which answers can be compared.

What the questionnaires cannot tell by themselves, that options were merged or that a question means something else now, is
declared as `changes` in the later one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from schemas.questionnaire import Condition, DeclaredChange, Option, Question, Questionnaire

QuestionChange = Literal["same", "reworded", "options_changed", "redefined", "new", "dropped"]
OptionChange = Literal["same", "reworded", "merged", "added", "removed"]

TOLERATED_SHIFT = 31
"""Days by which a reference day, or either end of a period, may move within the survey year before answers do not compare."""

TYPE_CHANGED = "回答の形式が変わったため"
UNIT_CHANGED = "単位が変わったため"
GRAIN_CHANGED = "回答の単位（市町村、協議会など）が変わったため"
REGISTER_CHANGED = "回答に用いる名簿が変わったため"
ASKED_CHANGED = "尋ねる対象が変わったため"
SECRETARIAT_CHANGED = "共同の協議会等について答える市町村が変わったため"
REFERENCE_CHANGED = "基準日又は期間が変わったため"
OPTIONS_CHANGED = "一つだけ選ぶ設問の選択肢が増減したため"
REMAINDER_CHANGED = "選択肢の増減により、その他又は特になしの範囲が変わったため"
CODES_EXCHANGED = "選択肢の名称が、前は別の選択肢のものであったため"
MERGED_MULTIPLE = "複数選べる選択肢をまとめたため"
PAUSED = "間の調査で尋ねていないため"
CHANGES: tuple[QuestionChange, ...] = ("same", "reworded", "options_changed", "redefined", "new", "dropped")
OPTION_CHANGES: tuple[OptionChange, ...] = ("same", "reworded", "merged", "added", "removed")
OPTION_ADDED = "この年に加えた選択肢であるため"
OPTION_REMOVED = "この年にやめた選択肢であるため"


@dataclass(frozen=True)
class OptionLink:
    """What became of an option; a removed one has only `before`. `sources` are the codes of the earlier year that it stands for.

    `reason` says, in Japanese, why who chose it cannot be compared; empty where it can.
    """

    code: str
    change: OptionChange
    before: str
    after: str
    sources: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True)
class QuestionLink:
    """What became of a question. `reasons` say, in Japanese, why no answer to it can be compared; none where they can."""

    question_id: str
    change: QuestionChange
    before: Question | None
    after: Question | None
    options: tuple[OptionLink, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def is_comparable(self) -> bool:
        """Whether answers of both years can be compared, as far as their options can."""
        return self.change not in ("new", "dropped") and not self.reasons

    def option(self, code: str) -> OptionLink | None:
        """The link of a choice of the later year."""
        return next((link for link in self.options if link.code == code and link.change != "removed"), None)


@dataclass(frozen=True)
class Crosswalk:
    """Every question of two questionnaires, in the order of the later form; those that were dropped come last."""

    before: int
    after: int
    questions: Mapping[str, QuestionLink]

    def asks_alike(self, question_id: str) -> bool:
        """Whether single answers to the question can be laid beside those of the earlier year: nothing but words changed."""
        link = self.questions.get(question_id)
        return link is not None and link.change in ("same", "reworded")

    def code_now(self, question_id: str, code: str) -> str | None:
        """The option that stands for an earlier one; None where the question or the option does not compare."""
        link = self.questions.get(question_id)
        if link is None or not link.is_comparable:
            return None
        return next(
            (option.code for option in link.options if code in option.sources and option.change != "removed"), None
        )


def compose(first: Crosswalk, second: Crosswalk) -> Crosswalk:
    """The crosswalk over a year between: what breaks in one of the steps is broken over both."""
    links: dict[str, QuestionLink] = {}
    for name, later in second.questions.items():
        earlier = first.questions.get(name)
        if later.change == "dropped":
            if earlier and earlier.before:
                links[name] = QuestionLink(name, "dropped", earlier.before, None)
        elif earlier is None or (earlier.change == "new" and later.change != "new"):
            links[name] = QuestionLink(name, "new", None, later.after)
        elif earlier.change == "dropped":
            links[name] = QuestionLink(name, "redefined", earlier.before, later.after, later.options, (PAUSED,))
        else:
            links[name] = _compose_links(earlier, later)
    for name, earlier in first.questions.items():
        if earlier.change == "dropped":
            links.setdefault(name, earlier)
    return Crosswalk(first.before, second.after, links)


def _compose_links(earlier: QuestionLink, later: QuestionLink) -> QuestionLink:
    reasons = tuple(dict.fromkeys((*earlier.reasons, *later.reasons)))
    options = tuple(_compose_options(earlier, option) for option in later.options if option.change != "removed")
    change = max(earlier.change, later.change, key=CHANGES.index)
    return QuestionLink(
        later.question_id, "redefined" if reasons else change, earlier.before, later.after, options, reasons
    )


def _compose_options(earlier: QuestionLink, option: OptionLink) -> OptionLink:
    """An option through both steps; one that a step added is added."""
    own = [link for source in option.sources if (link := earlier.option(source))]
    if option.change == "added" or not own:
        return option
    if any(link.change == "added" for link in own):
        return OptionLink(option.code, "added", "", option.after, (), OPTION_ADDED)
    reason = option.reason or next((link.reason for link in own if link.reason), "")
    sources = tuple(dict.fromkeys(source for link in own for source in link.sources))
    change = max(option.change, *(link.change for link in own), key=OPTION_CHANGES.index)
    return OptionLink(option.code, change, "、".join(link.before for link in own), option.after, sources, reason)


class CrosswalkError(ValueError):
    """A declared change names what the earlier questionnaire does not have."""


def compare_questionnaires(before: Questionnaire, after: Questionnaire) -> Crosswalk:
    """Compare the questionnaires of two years, the earlier one first.

    Raises CrosswalkError for declared merges of options that the earlier questionnaire does not have.
    """
    changes = {
        change.question: change
        for change in sorted(after.changes, key=lambda change: change.since)
        if before.year < change.since <= after.year
    }
    links: dict[str, QuestionLink] = {}
    for name, question in after.questions.items():
        earlier = before.questions.get(name)
        links[name] = (
            _link(_Pair(before, after, earlier, question, changes.get(name)))
            if earlier
            else QuestionLink(name, "new", None, question)
        )
    for name, earlier in before.questions.items():
        links.setdefault(name, QuestionLink(name, "dropped", earlier, None))
    return Crosswalk(before.year, after.year, links)


@dataclass(frozen=True)
class _Pair:
    """A question in both questionnaires, with what is declared of the change."""

    old: Questionnaire
    new: Questionnaire
    before: Question
    after: Question
    declared: DeclaredChange | None

    @property
    def merges(self) -> dict[str, tuple[str, ...]]:
        """Choices of the later year, each with those of the earlier year that it stands for."""
        merges = self.declared.merges if self.declared else {}
        if self.after.type != "matrix":
            return dict(merges)
        return {
            f"{code}.{column.code}": tuple(f"{source}.{column.code}" for source in sources)
            for code, sources in merges.items()
            for column in self.after.columns
        }


def _link(pair: _Pair) -> QuestionLink:
    reasons = list(_definition_changes(pair))
    options = tuple(_option_links(pair))
    if pair.declared and pair.declared.is_break:
        reasons.append(pair.declared.reason or "")
    if reasons:
        change: QuestionChange = "redefined"
    elif any(link.change in ("merged", "added", "removed") or link.reason for link in options):
        change = "options_changed"
    elif _wording(pair.before) != _wording(pair.after) or any(link.change == "reworded" for link in options):
        change = "reworded"
    else:
        change = "same"
    return QuestionLink(pair.after.id, change, pair.before, pair.after, options, tuple(reasons))


def _wording(question: Question) -> tuple[str, str]:
    return question.label.ja, question.note or ""


def _definition_changes(pair: _Pair) -> Iterator[str]:
    before, after = pair.before, pair.after
    block_before, block_after = pair.old.block_of[before.id], pair.new.block_of[after.id]
    if before.type != after.type:
        yield TYPE_CHANGED
    if before.unit != after.unit:
        yield UNIT_CHANGED
    if (block_before.grain, block_before.pair_grain) != (block_after.grain, block_after.pair_grain):
        yield GRAIN_CHANGED
    if before.register_kind != after.register_kind:
        yield REGISTER_CHANGED
    if _conditions(pair.old, before) != _conditions(pair.new, after):
        yield ASKED_CHANGED
    if block_before.only_secretariat != block_after.only_secretariat:
        yield SECRETARIAT_CHANGED
    days = _days(pair.old, before), _days(pair.new, after)
    if len(days[0]) != len(days[1]) or any(abs(a - b) > TOLERATED_SHIFT for a, b in zip(*days, strict=True)):
        yield REFERENCE_CHANGED


def _conditions(questionnaire: Questionnaire, question: Question) -> frozenset[tuple[str, frozenset[str]]]:
    """Who is asked: the conditions of the question and of its block, whatever their order."""
    conditions: tuple[Condition, ...] = (*questionnaire.block_of[question.id].asked_if, *question.asked_if)
    return frozenset((condition.question, frozenset(condition.in_)) for condition in conditions)


def _days(questionnaire: Questionnaire, question: Question) -> list[int]:
    """The reference day, or the ends of the period, in days from the first of January of the survey year."""
    start = date(questionnaire.year, 1, 1)
    return [(date.fromisoformat(day) - start).days for day in questionnaire.reference_of(question).split("/")]


def _option_links(pair: _Pair) -> Iterator[OptionLink]:
    before = {option.code: option for option in pair.before.choices}
    after = {option.code: option for option in pair.after.choices}
    merges = pair.merges
    for code, sources in merges.items():
        for source in sources:
            if source not in before:
                raise CrosswalkError(
                    f"'{pair.after.id}': '{code}' merges '{source}', which is no option of {pair.old.year}"
                )
    used = {source for sources in merges.values() for source in sources}
    added = {code for code in after if code not in before and code not in merges}
    removed = {code for code in before if code not in after and code not in used}
    for code, option in after.items():
        yield _option_link(pair, option, before, merges.get(code, ()), is_shifted=bool(added or removed))
    for code, option in before.items():
        if code in removed:
            yield OptionLink(code, "removed", option.label.ja, "", (code,), OPTION_REMOVED)


def _option_link(
    pair: _Pair, option: Option, before: Mapping[str, Option], sources: tuple[str, ...], *, is_shifted: bool
) -> OptionLink:
    code, label = option.code, option.label.ja
    if sources:
        joined = "、".join(before[source].label.ja for source in sources)
        reason = ""
        if pair.after.is_multiple and len(sources) > 1:
            reason = MERGED_MULTIPLE
        elif is_shifted and not pair.after.is_multiple:
            reason = OPTIONS_CHANGED
        return OptionLink(code, "merged", joined, label, sources, reason)
    if code not in before:
        return OptionLink(code, "added", "", label, (), OPTION_ADDED)
    reason = ""
    if (
        any(other.label.ja == label for name, other in before.items() if name != code)
        and before[code].label.ja != label
    ):
        reason = CODES_EXCHANGED
    elif is_shifted and not pair.after.is_multiple:
        reason = OPTIONS_CHANGED
    elif is_shifted and (option.is_other or option.is_none):
        reason = REMAINDER_CHANGED
    change: OptionChange = "same" if before[code].label.ja == label else "reworded"
    return OptionLink(code, change, before[code].label.ja, label, (code,), reason)
