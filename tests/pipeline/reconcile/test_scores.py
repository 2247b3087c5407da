"""Documents in many shapes are read well: labels reworded and reordered, digits of every kind, tables, pages, columns."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.home import PROJECT_ROOT
from pipeline.reconcile.numbers import find_day, find_numbers, plain
from pipeline.reconcile.numerals import kanji_value
from pipeline.reconcile.passages import Passage, Piece, join_lines, rows_of, split_columns
from schemas.survey import Survey
from tests.reconcile_scores import score_documents
from tests.support.printing import kanji_of

UNITS = ("市町村", "回", "協議会")


def test_documents_of_every_shape_are_read_to_the_last_number(tmp_path: Path) -> None:
    figures, relations, wrong = score_documents(Survey(PROJECT_ROOT).load_year(2024), tmp_path, range(18))
    assert figures.there > 1000
    assert relations.there > 5
    assert figures.precision > 0.99, wrong
    assert figures.recall > 0.99, wrong
    assert relations.precision > 0.9, wrong
    assert relations.recall > 0.9, wrong


@given(st.integers(1, 999))
def test_a_number_in_kanji_is_the_number(value: int) -> None:
    assert kanji_value(kanji_of(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("三十七", 37), ("百八十", 180), ("一八〇", 180), ("二・八", 2.8), ("四万五千", 45_000), ("〇", 0), ("十", 10)],
)
def test_kanji_in_their_ways_of_writing(text: str, value: float) -> None:
    assert kanji_value(text) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("・活性化した　１５市町村", [(15, "市町村", "活性化した")]),
        ("全体会の回数は1 8 0回", [(180, "回", "全体会の回数は")]),
        (
            "回数（期間：R5.4～R6.9）：180回、１協議会当たり 平均約2.8回",
            [(180, "回", "回数"), (2.8, "回", "1協議会当たり")],
        ),
        ("令和6年9月30日現在、第２回の調査で三十七協議会", [(37, "協議会", "現在、の調査で")]),
        ("協議会数：37（単独 28、共同 9）", [(37, "", "協議会数"), (28, "", "単独"), (9, "", "共同")]),
        ("（１）調査の目的", []),
        ("① 設置状況", []),
    ],
)
def test_numbers_have_their_unit_and_what_leads_to_them(text: str, expected: list[tuple[float, str, str]]) -> None:
    found = find_numbers([Passage(text, "line 1")], UNITS).numbers
    assert [(n.value, n.unit, n.leads[0]) for n in found] == expected


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("R6.9.30現在", "2024-09-30"),
        ("令和元年5月1日", "2019-05-01"),
        ("2024/4/1", "2024-04-01"),
        ("令和6年2月30日", None),
        ("3市", None),
    ],
)
def test_the_day_that_a_text_names(text: str, day: str | None) -> None:
    found = find_day(plain(text))
    assert (found.isoformat() if found else None) == day


def test_wrapped_lines_are_joined_and_page_headers_left_out() -> None:
    lines = ["・関係機関や他分野のネットワークの連携強化に関する", "資料３", "こと（56市町村）", "・次の項目　１市"]
    passages = list(join_lines([(line, f"line {n}") for n, line in enumerate(lines, 1)]))
    assert [p.text.replace("\n", "") for p in passages] == [
        "・関係機関や他分野のネットワークの連携強化に関すること（56市町村）",
        "・次の項目　１市",
    ]
    assert passages[0].place_of(1) == "line 3"


def test_a_page_of_two_columns_is_read_one_after_the_other() -> None:
    left = [Piece(50, 280, 700 - 20 * n, 12, f"・左の項目その{n}についての説明 {n}市") for n in range(6)]
    right = [Piece(310, 540, 700 - 20 * n, 12, f"・右の項目その{n}についての説明 {n}町") for n in range(6)]
    assert [[piece.text[1] for piece in column] for column in split_columns([*left, *right])] == [
        ["左"] * 6,
        ["右"] * 6,
    ]
    beside = [Piece(50, 200, 700, 12, "活性化した"), Piece(300, 340, 700, 12, "15市町")]
    (one,) = split_columns(beside)
    assert list(rows_of(one)) == ["活性化した　15市町"]
