"""Mutants that are judged together do not touch one another, and each is told what was found of it alone."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.form_layout import Slot
from tests.mutation.conftest import Clean
from tests.mutation.operators import Mutant
from tests.mutation.run import Seen, batches, see

GROUPS = {"a": frozenset("ab"), "b": frozenset("ab"), "c": frozenset("c"), "d": frozenset("de"), "e": frozenset("de")}
MUTANTS = st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=2, unique=True), max_size=12)


@given(whose=MUTANTS, size=st.integers(1, 5))
def test_no_two_mutants_of_a_batch_share_an_entity_and_none_is_lost(whose: list[list[str]], size: int) -> None:
    made = [Mutant("any", str(number), {code: {} for code in codes}) for number, codes in enumerate(whose)]
    found = list(batches(made, GROUPS, size))
    assert sorted((mutant for batch in found for mutant in batch), key=lambda m: int(m.what)) == made
    assert {len(batch) for batch in found} <= set(range(1, size + 1))
    for batch in found:
        near = [{other for code in mutant.whose for other in GROUPS[code]} for mutant in batch]
        assert sum(map(len, near)) == len(set().union(*near))


def test_who_shares_an_entity_is_what_the_register_says(clean: Clean) -> None:
    assert clean.groups["332143"] == clean.groups["335860"] == frozenset({"332143", "335860"})
    assert clean.groups["331007"] == frozenset({"331007"})


def slot_of(clean: Clean, code: str, question: str) -> Slot:
    return next(slot for slot, text in clean.year.texts[code].items() if slot.question_id == question and text)


def codes_with(clean: Clean, question: str) -> list[str]:
    return [
        code
        for code, texts in clean.year.texts.items()
        if any(t and s.question_id == question for s, t in texts.items())
    ]


def mutant(clean: Clean, code: str, question: str, text: str) -> Mutant:
    return Mutant("any", f"{code} {question} {text}", {code: {slot_of(clean, code, question): text}})


def seen(clean: Clean, batch: Iterable[Mutant]) -> list[Seen]:
    return list(see(clean.home, clean.year, list(batch), clean.found, clean.groups))


def test_a_finding_is_told_of_the_mutant_that_it_is_about(clean: Clean) -> None:
    one, other = [code for code in codes_with(clean, "plan_count") if len(clean.groups[code]) == 1][:2]
    first, second = seen(clean, [mutant(clean, one, "plan_count", "多数"), mutant(clean, other, "plan_count", "13")])
    assert "type.plan_count" in first.rules
    assert (first.is_different, second.is_different, second.rules) == (True, True, ())


@pytest.mark.parametrize(("question", "text"), [("plan_state", "◎"), ("plan_count", "　１２件　")])
def test_a_mutant_whose_answers_stay_the_same_is_not_different(clean: Clean, question: str, text: str) -> None:
    code = codes_with(clean, "plan_count")[0]
    (one,) = seen(clean, [mutant(clean, code, question, text)])
    assert (one.is_different, one.rules) == (False, ())


def test_what_a_partner_is_told_counts_too(clean: Clean) -> None:
    (one,) = seen(clean, [mutant(clean, "332143", "drill_count", "9")])
    assert one.is_different
    assert "drills-agree" in one.rules


def test_what_the_rules_said_before_is_not_seen_again(clean: Clean) -> None:
    assert seen(clean, [Mutant("any", "nothing", {code: {} for code in clean.year.texts})])[0].rules == ()
