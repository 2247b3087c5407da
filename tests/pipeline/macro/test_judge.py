"""The rules together: one slip is asked about once, what matters most comes first, what cannot be compared never is."""

from __future__ import annotations

from dataclasses import replace

from pipeline.macro.judge import RULES
from pipeline.macro.pairs import Pairs
from pipeline.tables import frame
from schemas.survey import YearDeclarations
from tests.support.together import UNREADABLE, Year, judge_together, pairs_of, tables_of

COMMISSIONED, PLAN = ("office_commissioned", 1, ""), ("office_plan", 1, "")
OFFICES = ["office_commissioned", "office_transition", "office_settlement", "office_plan", "office_children"]


def found(declared: YearDeclarations, now: Year, before: Year) -> list[tuple[str, str]]:
    return [
        (row["rule_id"], row["municipality_code"])
        for row in judge_together(declared, tables_of(declared, now, before))[0]
    ]


def test_a_clean_year_passes_every_rule(declared: YearDeclarations, now: Year, before: Year) -> None:
    findings, counts = judge_together(declared, tables_of(declared, now, before))
    assert findings == []
    assert counts == {rule: (len(now), 0, 0) for rule in RULES}


def test_the_finding_with_the_largest_effect_comes_first(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    now[codes[0]][COMMISSIONED] = 10 * before[codes[0]][COMMISSIONED]
    now[codes[9]][PLAN] = 100 * before[codes[9]][PLAN]
    findings, _ = judge_together(declared, tables_of(declared, now, before))
    assert [(row["municipality_code"], row["figure_id"] is not None) for row in findings] == [
        (codes[9], True),
        (codes[0], True),
    ]
    assert findings[0]["effect"] > findings[1]["effect"] > 0


def test_a_slip_of_the_unit_is_no_outlier_too(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    now[codes[0]][COMMISSIONED] = 1000 * before[codes[0]][COMMISSIONED]
    assert found(declared, now, before) == [("macro.unit", codes[0])]


def test_shifted_numbers_are_no_slips_of_the_unit_too(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    values = [3, 40, 500, 6, 70]
    before[codes[0]] |= {(name, 1, ""): value for name, value in zip(OFFICES, values, strict=True)}
    now[codes[0]] = before[codes[0]] | {
        (name, 1, ""): value for name, value in zip(OFFICES, [None, *values], strict=False)
    }
    assert found(declared, now, before) == [("macro.shifted", codes[0])]


def test_an_exchanged_return_is_not_looked_at_number_by_number(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    now[codes[0]] = {**now[codes[1]], COMMISSIONED: 100 * before[codes[0]][COMMISSIONED]}
    assert found(declared, now, before) == [("macro.swapped", codes[0])]


def test_two_slips_of_one_return_are_two_findings(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    for key in (COMMISSIONED, PLAN):
        now[codes[0]][key] = 10 * before[codes[0]][key]
    findings, counts = judge_together(declared, tables_of(declared, now, before))
    assert len({row["finding_id"] for row in findings}) == len(findings) == 2
    assert counts["macro.unit"] == (len(now) - 1, 2, 0)


def test_a_finding_names_the_cells_in_doubt_and_few_of_a_whole_return(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    now[codes[1]], now[codes[2]] = now[codes[2]], now[codes[1]]
    findings, _ = judge_together(declared, tables_of(declared, now, before))
    assert {row["cells"].count("!") for row in findings} == {2 * 5}
    assert all("ほか4か所" in row["message"] for row in findings)


def test_a_municipality_without_an_answer_of_last_year_is_unverifiable_and_no_finding(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    del before[codes[0]]
    now[codes[0]][COMMISSIONED] = 9000
    findings, counts = judge_together(declared, tables_of(declared, now, before))
    assert findings == []
    new = len(now) - 1, 0, 1
    assert counts == dict.fromkeys(RULES, new) | {"macro.duplicated": (len(now), 0, 0)}


def test_unreadable_answers_are_not_compared(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    now[codes[0]] = dict.fromkeys(now[codes[0]], UNREADABLE)
    findings, counts = judge_together(declared, tables_of(declared, now, before))
    assert findings == []
    assert counts["macro.shifted"] == (len(now) - 1, 0, 0)


def test_texts_names_of_the_register_and_who_filled_the_form_in_are_not_compared(
    declared: YearDeclarations, now: Year
) -> None:
    pairs = pairs_of(declared, now, now)
    assert {question.type for question in pairs.questions.values()} == {"single", "multiple", "matrix", "count"}
    assert set(pairs.joined["question_id"]) <= set(pairs.questions)


def test_returns_that_share_all_they_wrote_in_words_alone_are_not_equal(
    declared: YearDeclarations, codes: list[str], now: Year, before: Year
) -> None:
    texts = {q.id for block in declared.questionnaire.blocks for q in block.questions if q.type == "text"}
    for code in codes[:2]:
        now[code] |= {(text, 1, ""): "同じ言葉" for text in texts}
    assert found(declared, now, before) == []


def test_a_year_without_returns_is_judged_and_counts_nothing(declared: YearDeclarations) -> None:
    findings, counts = judge_together(declared, tables_of(declared, {}))
    assert findings == []
    assert set(counts.values()) == {(0, 0, 0)}


def test_of_a_choice_by_ticks_the_ticked_cell_is_named(declared: YearDeclarations, codes: list[str]) -> None:
    tables = tables_of(declared, {codes[0]: {("plenary_vitality", 1, ""): "vitalised"}})
    answer = f"{declared.year}:{codes[0]}:plenary_vitality:1:"
    cells = [(2024, f"0!③活性化!C{row}", "0", codes[0], "③活性化", f"C{row}", "text", text, True, None, None, None, None)
             for row, text in ((8, ""), (9, "○"), (10, ""))]  # fmt: skip
    own = frame("answer_cells", [(2024, answer, cell[1]) for cell in cells])
    pairs = Pairs(replace(tables, cells=frame("cells", cells), answer_cells=own), declared)
    assert pairs.cells_of([answer]) == {answer: "0!③活性化!C9"}


def test_of_an_option_its_own_cell_is_named_though_another_is_ticked(
    declared: YearDeclarations, codes: list[str]
) -> None:
    options = ("workforce.prefecture_wide", "workforce.regional")
    tables = tables_of(declared, {codes[0]: {("wider_area_issue", 1, options[1]): True}})
    answers = [f"{declared.year}:{codes[0]}:wider_area_issue:1:{option}" for option in options]
    places = ("C76", "D76")
    cells = [(2024, f"0!②活動状況!{place}", "0", codes[0], "②活動状況", place, "text", text, True, None, None, None, None)
             for place, text in zip(places, ("", "○"), strict=True)]  # fmt: skip
    own = frame(
        "answer_cells",
        [(2024, answers[0], cells[0][1]), (2024, answers[0], cells[1][1]), (2024, answers[1], cells[1][1])],
    )
    pairs = Pairs(replace(tables, cells=frame("cells", cells), answer_cells=own), declared)
    assert pairs.cells_of(answers) == {answers[0]: cells[0][1], answers[1]: cells[1][1]}
