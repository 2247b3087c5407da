"""What officials type into cells, and what is made of it."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.read.values import (
    parse_count,
    parse_date,
    parse_option,
    parse_register,
    parse_text,
    parse_tick,
    register_list,
)
from pipeline.workbooks.workbook import Cell, CellKind
from schemas.labels import Label
from schemas.questionnaire import Option

FULL_WIDTH = str.maketrans("0123456789,", "０１２３４５６７８９，")


def cell(text: str, *, kind: CellKind = "text", value: Any = None) -> Cell:
    return Cell("シート", 1, 1, kind if text else "blank", text, value if value is not None else text)


@given(st.integers(min_value=0, max_value=10_000_000), st.booleans(), st.booleans(), st.sampled_from(["", "回", " 回"]))
def test_a_count_is_read_in_any_digits_with_separators_and_its_unit(
    number: int, is_wide: bool, has_commas: bool, unit: str
) -> None:
    text = f"{number:,}" if has_commas else str(number)
    parsed = parse_count(cell((text.translate(FULL_WIDTH) if is_wide else text) + unit), "回")
    assert (parsed.value, parsed.problem) == (number, None)


@given(st.text(max_size=20))
def test_a_count_is_never_invented(text: str) -> None:
    parsed = parse_count(cell(text), "回")
    if parsed.value is not None:
        written = "".join(c for c in unicodedata.normalize("NFKC", text) if c.isdecimal())
        assert int(written.partition(".")[0]) // max(abs(parsed.value), 1) in (0, 1, 10, 100)


@pytest.mark.parametrize(
    "text",
    [
        "三",
        "約5",
        "3～4回",
        "5回程度",
        "なし",
        "-",
        "ー",
        "－",
        "ー3",
        "△3",
        "3.5",
        "3-4",
        "3回/月",
        "多数",
        "3件4件",
        "3,4",
        "3、4",
        "5,",
        ",5",
        "12,34",
        "1,2345",
        "5²",
        "⑤",
        "½",
    ],
)
def test_what_is_no_whole_number_is_said_to_be_none(text: str) -> None:
    assert parse_count(cell(text), "回").problem in ("not_a_number", "not_a_whole_number")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("３回", 3), ("１，２３４回", 1234), ("０件", 0), ("3\u200b", 3), ("\ufeff12", 12),
        ("\u22125", -5), ("－5", -5), ("3\r\n", 3), ("\u200b", None), ("\u3000", None),
    ],
)  # fmt: skip
def test_a_count_is_what_a_person_sees(text: str, value: int | None) -> None:
    assert parse_count(cell(text), "回") == (value, None)


@pytest.mark.parametrize(
    ("text", "value", "problem"),
    [
        ("999999999999", 999_999_999_999, None),
        ("-999,999,999,999", -999_999_999_999, None),
        ("1000000000000", None, "too_large"),
        ("-1000000000000", None, "too_large"),
        ("9" * 400, None, "too_large"),
    ],
)
def test_a_count_that_no_table_could_hold_is_said_to_be_too_large(
    text: str, value: int | None, problem: str | None
) -> None:
    assert parse_count(cell(text), "回") == (value, problem)


@pytest.mark.parametrize(
    "text", ["○", "〇", "◯", "●", "✓", "✔\ufe0f", "レ", "ﾚ", "ㇾ", "1", "１", "○ ", "　〇", "○\u200b"]
)
def test_ticks_in_their_usual_shapes(text: str) -> None:
    assert parse_tick(cell(text)).value is True


@pytest.mark.parametrize("text", ["", "×", "－", "\u2212", "―", "0", "　", "\u200b"])
def test_no_tick(text: str) -> None:
    assert parse_tick(cell(text)).value is False


@pytest.mark.parametrize("text", ["△", "検討中", "?", "なし", "特になし", "○（一部）", "O"])
def test_another_word_is_no_tick_and_no_blank(text: str) -> None:
    assert parse_tick(cell(text)).problem == "not_a_tick"


@pytest.mark.parametrize(
    "text",
    [
        "令和6年4月1日",
        "令和６年４月１日",
        "R6.4.1",
        "r6/4/1",
        "2024/4/1",
        "2024-04-01",
        "2024年4月1日",
        "令和 6年 4月 1日",
        "令和 ６ 年 ４ 月 １ 日",
        "令６．４．１",
        "㋿6年4月1日",
        "20240401",
        "２０２４年４月１日",
        "2024年4月1日（月）",
        "令和6年4月1日(月曜日)",
    ],
)
def test_dates_in_eras_and_in_the_western_calendar(text: str) -> None:
    assert parse_date(cell(text)).value == date(2024, 4, 1)


def test_the_first_year_of_an_era() -> None:
    assert parse_date(cell("令和元年5月1日")).value == date(2019, 5, 1)
    assert parse_date(cell("平成31年4月30日")).value == date(2019, 4, 30)
    assert parse_date(cell("r元.5.1")).value == date(2019, 5, 1)
    assert parse_date(cell("平成元年1月8日")).value == date(1989, 1, 8)
    assert parse_date(cell("令和 元 年 5 月 1 日")).value == date(2019, 5, 1)
    assert parse_date(cell("昭和64年1月7日")).value == date(1989, 1, 7)


def test_a_date_cell_is_a_date() -> None:
    assert parse_date(cell("2024-04-01T00:00:00", kind="date", value=datetime(2024, 4, 1))).value == date(2024, 4, 1)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("令和6年2月30日", "no_such_date"),
        ("来年度", "not_a_date"),
        ("６年４月１日", "not_a_date"),
        ("2024.4", "not_a_date"),
        ("令和6年4月", "not_a_date"),
        ("45383", "not_a_date"),
        ("4月1日", "not_a_date"),
        ("20241301", "no_such_date"),
        ("令和6年4月1日（火）", "no_such_date"),
        ("昭和64年1月8日", "no_such_date"),
        ("2024/13/1", "no_such_date"),
        ("令和0年4月1日", "no_such_date"),
        ("平成32年1月1日", "no_such_date"),
        ("平成31年5月1日", "no_such_date"),
        ("H1.1.7", "no_such_date"),
        ("令和元年4月30日", "no_such_date"),
        ("平成40年1月1日", "no_such_date"),
    ],
)
def test_a_day_that_does_not_exist_is_not_moved(text: str, problem: str) -> None:
    assert parse_date(cell(text)).problem == problem


OPTIONS = [
    Option(code="direct", label=Label(ja="直営")),
    Option(code="both", label=Label(ja="直営・委託"), aliases=("直営+委託",)),
    Option(code="partly", label=Label(ja="一部実施"), aliases=("△",)),
    Option(code="done", label=Label(ja="○")),
]


@pytest.mark.parametrize(
    ("text", "code"),
    [("直営", "direct"), (" 直営 ", "direct"), ("直営＋委託", "both"), ("直営・委託", "both"),
     ("直営\r\n・委託", "both"), ("△", "partly"), (" △ ", "partly"), ("〇", "done"), ("◯", "done"), ("\u200b", None)],
)  # fmt: skip
def test_an_option_is_its_label_or_an_alias(text: str, code: str | None) -> None:
    assert parse_option(cell(text), OPTIONS).value == code


def test_an_option_that_is_not_offered_is_unknown() -> None:
    assert parse_option(cell("民営"), OPTIONS).problem == "unknown_option"


def test_an_option_of_which_there_are_two_is_unknown() -> None:
    twins = [Option(code="a", label=Label(ja="○")), Option(code="b", label=Label(ja="◯"))]
    assert parse_option(cell("○"), twins).problem == "unknown_option"


def test_a_registered_entity_is_its_id_and_never_its_name() -> None:
    known = register_list([("甲協議会", "council-a"), ("北地区 協議会", "council-n")])
    for text in ("甲協議会〔council-a〕", " 甲協議会　〔ｃｏｕｎｃｉｌ－ａ〕 "):
        assert parse_register(cell(text), known).value == "council-a"
    assert parse_register(cell("北地区　協議会〔council-n〕"), known).value == "council-n"
    assert parse_register(cell("甲協議会"), known).problem == "not_in_register"
    assert parse_register(cell("乙協議会〔council-b〕"), known).problem == "not_in_register"
    assert parse_register(cell("乙協議会〔council-a〕"), known).problem == "not_in_register"
    assert parse_register(cell("北地区 協議会〔council-n〕、甲協議会〔council-a〕"), known).problem == "not_in_register"
    assert parse_register(cell("一覧にない"), known).value == "not_listed"


@pytest.mark.parametrize("kind", ["error", "uncached_formula", "struck", "merged", "drawn"])
def test_an_error_or_an_uncached_formula_is_never_a_blank(kind: CellKind) -> None:
    broken = cell("#N/A", kind=kind)
    for parsed in (
        parse_tick(broken), parse_count(broken, None), parse_date(broken), parse_option(broken, OPTIONS),
        parse_register(broken, {}), parse_text(broken),
    ):  # fmt: skip
        assert parsed.value is None
        assert parsed.problem is not None
