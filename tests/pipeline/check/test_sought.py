"""What is sought in texts that are about to be public."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.check.sought import FREE_TEXT, LONG, MAIL, PHONE, WITHHELD, Sought

WORDS = st.text("あい", min_size=1, max_size=LONG + 3)


@given(answers=st.dictionaries(WORDS, st.booleans(), max_size=6), known=st.sets(WORDS, max_size=2), text=WORDS)
def test_a_withheld_answer_is_found_as_reading_all_answers_would_find_it(
    answers: dict[str, bool], known: set[str], text: str
) -> None:
    held = [
        answer
        for answer, is_public in answers.items()
        if not is_public and answer not in known and (text == answer or (len(answer) >= LONG and answer in text))
    ]
    found = Sought(answers, known).within(text)
    assert found.get(WITHHELD) == (held[0] if held and text not in known else None)
    assert (FREE_TEXT in found) is answers.get(text, False)


def test_an_answer_of_eight_letters_is_known_within_another_text_and_one_of_seven_is_not() -> None:
    sought = Sought({"一二三四五六七八": False, "甲乙丙丁戊己庚": False})
    assert sought.within("前に一二三四五六七八と書いた") == {WITHHELD: "一二三四五六七八"}
    assert sought.within("前に甲乙丙丁戊己庚と書いた") == {}
    assert sought.within("甲乙丙丁戊己庚") == {WITHHELD: "甲乙丙丁戊己庚"}


def test_without_answers_only_ways_to_reach_somebody_are_sought() -> None:
    assert Sought().rules == (PHONE, MAIL)
    assert Sought().within("電話は03-1234-5678") == {PHONE: "03-1234-5678"}
