"""Answers that were written one row or one column off: those of last year stand beside them, and fit one place further."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import polars as pl

from pipeline.macro.pairs import Pairs
from pipeline.macro.suspect import Doubted, Suspect
from schemas.form_layout import Slot, ticks

SHIFTED = "macro.shifted"
LEAST_LENGTH = 3
FEWEST, MANY = 2, 4
"""Answers that must differ from last year's: where the shifted ones all agree; where a quarter of them may not."""

Line = Sequence[Slot]
"""Answer cells that stand below or beside one another."""


def shifted_answers(pairs: Pairs) -> Iterator[Suspect]:
    """Lines of answers that differ from last year's, and agree with them when moved by one place."""
    values: dict[str, dict[tuple[str, int, str], tuple[str, str, str]]] = defaultdict(dict)
    columns = ["municipality_code", "question_id", "row_no", "option_code", "answer_id", "value", "value_before"]
    for code, question_id, row_no, option, *told in pairs.joined.select(columns).iter_rows():
        values[code][question_id, row_no, option] = (told[0], told[1], told[2])
    lines = list(_lines(pairs))
    for code, own in values.items():
        seen: set[str] = set()
        for kind, line in lines:
            told = [own.get((slot.question_id, slot.row_no, slot.choice or "")) for slot in line]
            fewest = FEWEST if line[0].choice else FEWEST - 1
            if step := _shift([one[1:] if one else None for one in told], fewest):
                doubted = [Doubted(one[0], one[2]) for one in told if one and one[1] != one[2]]
                first = line[0]
                block = pairs.declarations.questionnaire.block_of[first.question_id]
                subject = f"{block.id}:{kind}:{first.sheet}:{first.address}"
                if doubted and doubted[0].answer_id not in seen:
                    seen.update(one.answer_id for one in doubted)
                    way = ("下" if step > 0 else "上") if kind == "row" else ("右" if step > 0 else "左")
                    yield Suspect(
                        SHIFTED, code, subject,
                        f"「{block.label.ja}」の回答は、前回の回答を一つ{way}にずらしたものとほぼ一致します（シート「{first.sheet}」"
                        f"{first.address}から）。行や列を取り違えて記入していないか確認してください。",
                        first.question_id, None, doubted,
                    )  # fmt: skip


def _lines(pairs: Pairs) -> Iterator[tuple[str, Line]]:
    """The answer cells of each column of a block, and of each row with several; of single choices by ticks, none.

    A tick that has moved to the next option of one is another answer, and nothing else.
    """
    below: dict[tuple[str, str, int], list[Slot]] = defaultdict(list)
    beside: dict[tuple[str, str, int], list[Slot]] = defaultdict(list)
    block_of = pairs.declarations.questionnaire.block_of
    for slot in pairs.declarations.layout.slots:
        question = pairs.questions.get(slot.question_id)
        if question is None or (question.type == "single" and slot.choice):
            continue
        block = block_of[slot.question_id].id
        of = f"{block}:{slot.question_id}" if slot.choice and not block_of[slot.question_id].is_table else block
        below[of, slot.sheet, slot.column].append(slot)
        beside[of, slot.sheet, slot.row].append(slot)
    for kind, lines in (("row", below), ("column", beside)):
        for line in lines.values():
            if len(line) >= LEAST_LENGTH:
                yield kind, sorted(line, key=lambda slot: (slot.row, slot.column))


def _shift(values: Sequence[tuple[str, str] | None], fewest: int) -> int:
    """1 or -1 where the values of this year agree with last year's one place before or after, else 0.

    So many as `fewest` of last year's must be no blanks: a single tick that has moved is another answer, and nothing else.
    """
    own = sum(one is not None and one[0] != one[1] for one in values)
    if own < FEWEST:
        return 0
    for step in (1, -1):
        moved = [
            (now[0], before[1]) for now, before in zip(values[max(step, 0) :], values[max(-step, 0) :], strict=False)
            if now is not None and before is not None
        ]  # fmt: skip
        telling = sum(before not in ("", "0") for _, before in moved)
        wrong = sum(now != before for now, before in moved)
        if telling >= fewest and (wrong == 0 or (own >= MANY and wrong * 4 <= own)):
            return step
    return 0


def shifted_choices(pairs: Pairs) -> Iterator[Suspect]:
    """Blocks whose single choices by ticks have all moved to the next option, all the same way.

    One alone may well have changed; that several do at once, by one option each, is a column written one row off.
    """
    choices = {
        question.id: [option.code for option in question.options]
        for question in pairs.questions.values() if question.type == "single" and ticks(question)
    }  # fmt: skip
    own = pairs.joined.filter(
        pl.col("question_id").is_in(list(choices)) & (pl.col("value") != "") & (pl.col("value_before") != "")
    )
    columns = ["municipality_code", "block_id", "question_id", "value", "value_before", "answer_id"]
    for (code, block_id), rows in _grouped(own, columns):
        steps = [
            choices[question].index(now) - choices[question].index(before)
            for question, now, before, _ in rows
            if now in choices[question] and before in choices[question]
        ]
        if len(steps) >= FEWEST and abs(steps[0]) == 1 and len(set(steps)) == 1:
            block = next(b for b in pairs.declarations.questionnaire.blocks if b.id == block_id)
            way = "下" if steps[0] > 0 else "上"
            doubted = [Doubted(answer_id, before) for _, _, before, answer_id in rows]
            yield Suspect(
                SHIFTED, code, block_id,
                f"「{block.label.ja}」の{len(steps)}問の○が、すべて前回の一つ{way}の選択肢に移っています。行を取り違えて記入していないか"
                "確認してください。",
                rows[0][0], None, doubted,
            )  # fmt: skip


def shifted_columns(pairs: Pairs) -> Iterator[Suspect]:
    """Matrices of which all rows have their tick in the next column, all the same way."""
    matrices = [question for question in pairs.questions.values() if question.type == "matrix"]
    both = pairs.joined.filter(pl.col("question_id").is_in([question.id for question in matrices]))
    told = ["municipality_code", "question_id", "option_code", "value", "value_before", "answer_id"]
    for (code, question_id), rows in _grouped(both, told):
        question = pairs.questions[question_id]
        columns = list(dict.fromkeys(option.code.split(".")[1] for option in question.choices if "." in option.code))
        ticks: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for option, now, before, _ in rows:
            row, _, column = option.partition(".")
            for year, value in enumerate((now, before)):
                if column and value == "1":
                    ticks[row][year].append(columns.index(column))
        steps = {now[0] - before[0] if len(now) == len(before) == 1 else None for now, before in ticks.values()}
        step = next(iter(steps), None)
        if len(ticks) >= FEWEST and len(steps) == 1 and step in (1, -1):
            changed = [Doubted(answer_id, before) for _, now, before, answer_id in rows if now != before]
            yield Suspect(
                SHIFTED, code, f"{question.id}:column",
                f"「{question.label.ja}」の{len(ticks)}行の○が、すべて前回の一つ{'右' if step > 0 else '左'}の列に移っています。"
                "列を取り違えて記入していないか確認してください。",
                question.id, None, changed,
            )  # fmt: skip


def _grouped(table: pl.DataFrame, columns: Sequence[str]) -> Iterator[tuple[tuple[str, str], list[tuple[str, ...]]]]:
    """The rows that share what stands in the first two columns, with these; of each the other columns, in the table's order."""
    groups: dict[tuple[str, str], list[tuple[str, ...]]] = defaultdict(list)
    for first, second, *others in table.select(columns).iter_rows():
        groups[first, second].append(tuple(others))
    yield from groups.items()
