"""What synthetic municipalities call their files: whatever the name, a file of the inbox and of no other folder."""

from __future__ import annotations

from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.demo.years import LONGEST_FILE_NAME, file_name
from schemas.reference import LONGEST_NAME

CODES = ("112011", "112020", "112038", "112062", "112071")


@pytest.mark.parametrize("code", CODES)
@given(name=st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=LONGEST_NAME))
def test_any_name_makes_one_file_name(code: str, name: str) -> None:
    made = file_name(2024, code, name)
    assert PurePath(made).name == made
    assert not set(made) & set('\\/:*?"<>|')
    if name.isascii() or len(name) * 3 < LONGEST_FILE_NAME - 60:
        assert len(made.encode()) <= LONGEST_FILE_NAME


def test_a_name_that_leads_elsewhere_leads_nowhere() -> None:
    assert {file_name(2024, code, "../../逃げ市").count("/") for code in CODES} == {0}
