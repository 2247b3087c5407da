"""Operators change what they say, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest

from schemas.form_layout import Slot
from tests.mutation.conftest import Clean
from tests.mutation.operators import OPERATORS, TICK, Mutant, mutants

SEEDS = range(25)


def made(clean: Clean, kind: str) -> list[Mutant]:
    """Mutants of a kind, one for each seed; at least one could be made."""
    found = [mutant for seed in SEEDS if (mutant := OPERATORS[kind](clean.year, Random(seed)))]  # noqa: S311
    assert found
    return found


def changed(clean: Clean, mutant: Mutant) -> Mapping[str, dict[Slot, tuple[str, str]]]:
    """What stood in the cells that are written otherwise, and what stands there now."""
    return {
        code: {
            slot: (clean.year.texts[code][slot], text)
            for slot, text in cells.items()
            if clean.year.texts[code][slot] != text
        }
        for code, cells in mutant.cells.items()
    }


def digits(text: str) -> int:
    return int("".join(letter for letter in text if letter.isdigit()))


@pytest.mark.parametrize("kind", OPERATORS)
def test_a_mutant_says_its_kind_and_whose_it_is_and_comes_again_with_its_seed(kind: str, clean: Clean) -> None:
    first, second = made(clean, kind), made(clean, kind)
    assert first == second
    for mutant in first:
        assert mutant.kind == kind
        assert mutant.whose
        assert all(code in mutant.what for code in mutant.whose)


def test_a_slip_of_the_unit_is_one_number_ten_a_hundred_or_a_thousand_times(clean: Clean) -> None:
    for mutant in made(clean, "unit"):
        ((before, after),) = next(iter(changed(clean, mutant).values())).values()
        assert digits(after) / digits(before) in (10, 100, 1000)


def test_a_shifted_column_leaves_its_first_cell_blank_and_each_text_in_the_next(clean: Clean) -> None:
    for mutant in made(clean, "shifted_rows"):
        ((code, cells),) = mutant.cells.items()
        slots = list(cells)
        assert [slot.row for slot in slots] == sorted(slot.row for slot in slots)
        assert len({(slot.sheet, slot.column) for slot in slots}) == 1
        assert list(cells.values()) == ["", *(clean.year.texts[code][slot] for slot in slots[:-1])]


def test_swapped_returns_hold_one_anothers_answers(clean: Clean) -> None:
    for mutant in made(clean, "swapped"):
        one, other = mutant.whose
        assert mutant.cells == {one: clean.year.texts[other], other: clean.year.texts[one]}


def test_a_copied_return_holds_anothers_answers_and_leaves_that_one_alone(clean: Clean) -> None:
    for mutant in made(clean, "copied"):
        ((code, cells),) = mutant.cells.items()
        assert cells in [texts for other, texts in clean.year.texts.items() if other != code]


def test_a_stale_return_holds_last_years_answers(clean: Clean) -> None:
    for mutant in made(clean, "stale"):
        ((code, cells),) = mutant.cells.items()
        assert cells == clean.year.before[code]


def test_a_blank_is_one_answer_left_out(clean: Clean) -> None:
    for mutant in made(clean, "blank"):
        ((before, after),) = next(iter(changed(clean, mutant).values())).values()
        assert before
        assert after == ""


def test_another_option_moves_the_tick_of_one_question(clean: Clean) -> None:
    for mutant in made(clean, "other_option"):
        cells = next(iter(changed(clean, mutant).values()))
        assert len({slot.question_id for slot in cells}) == 1
        assert sorted(bool(after) for _, after in cells.values()) == [False, True]
        assert TICK in {after for _, after in cells.values()}


def test_a_tick_is_one_too_many_or_too_few(clean: Clean) -> None:
    for mutant in made(clean, "tick"):
        ((before, after),) = next(iter(changed(clean, mutant).values())).values()
        assert bool(before) is not bool(after)


def test_a_near_number_is_at_most_two_off_and_never_below_zero(clean: Clean) -> None:
    for mutant in made(clean, "near_number"):
        ((code, cells),) = mutant.cells.items()
        ((slot, text),) = cells.items()
        assert 0 <= abs(digits(text) - digits(clean.year.texts[code][slot])) <= 2
        assert not text.startswith("-")


def test_words_stand_where_a_number_was(clean: Clean) -> None:
    for mutant in made(clean, "words"):
        ((slot, text),) = next(iter(mutant.cells.values())).items()
        question = clean.year.question(slot)
        assert question
        assert question.type in ("count", "date")
        assert not text.isdigit()


def test_as_many_different_mutants_are_made_as_were_asked_for_or_as_there_are(clean: Clean) -> None:
    few = list(mutants(clean.year, "stale", 5, Random(1)))  # noqa: S311
    assert len({mutant.what for mutant in few}) == len(few) == 5
    every = list(mutants(clean.year, "stale", 1000, Random(1)))  # noqa: S311
    assert {mutant.whose[0] for mutant in every} == set(clean.year.texts)
    assert len(every) == len(clean.year.texts)
