"""The sixth digit of a municipality's code."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.reference import check_digit

FIVE_DIGITS = st.text("0123456789", min_size=5, max_size=5)


@pytest.mark.parametrize("code", ["011002", "112011", "131016", "473821", "112259", "114651"])
def test_check_digit_of_known_codes(code: str) -> None:
    assert check_digit(code[:5]) == code[5]


@given(FIVE_DIGITS)
def test_check_digit_fills_the_weighted_sum_up_to_eleven(code5: str) -> None:
    total = sum(int(digit) * weight for digit, weight in zip(code5, (6, 5, 4, 3, 2), strict=True))
    assert check_digit(code5) == {0: "1", 1: "0"}.get(total % 11, str(-total % 11))


@given(FIVE_DIGITS, st.integers(0, 4), st.integers(1, 9))
def test_check_digit_betrays_one_wrong_digit(code5: str, place: int, shift: int) -> None:
    wrong = code5[:place] + str((int(code5[place]) + shift) % 10) + code5[place + 1 :]
    # the remainders 0 and 10 share the digit 1; every other digit stands for one remainder alone
    assert check_digit(code5) != check_digit(wrong) or check_digit(code5) == "1"


@given(st.text(max_size=8).filter(lambda t: not (len(t) == 5 and t.isascii() and t.isdigit())))
@example("１１２０１")
@example("11201\n")
def test_check_digit_refuses_what_is_not_five_ascii_digits(text: str) -> None:
    with pytest.raises(ValueError, match="five digits"):
        check_digit(text)
