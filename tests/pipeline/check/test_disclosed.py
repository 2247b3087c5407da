"""What is about to be public is looked through for contacts and for words that nobody allowed to publish."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from docx.document import Document as DocxDocument
from hypothesis import given
from hypothesis import strategies as st

from pipeline.check.disclosed import WITHHELD_ANSWER, judge_disclosure
from pipeline.check.public_texts import report_texts
from pipeline.check.recalculate import calculate_figures
from pipeline.check.sought import FREE_TEXT, MAIL, PHONE, WITHHELD, contacts
from pipeline.home import PROJECT_ROOT, Home
from pipeline.publish.compare import Cause, Comparison, FigureChange
from pipeline.publish.small_sets import SHOWN, telling_figures, telling_revisions
from pipeline.publish.small_sets import WITHHELD as NOT_SHOWN
from schemas.questionnaire import DisclosurePolicy
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.templates import edited

CITY = "331007"


@dataclass(frozen=True)
class Sought:
    text: str
    found: list[tuple[str, str]]


@pytest.mark.parametrize("case", [
    Sought("電話 048-830-1234", [(PHONE, "048-830-1234")]),
    Sought("０４８（８３０）１２３４", [(PHONE, "048(830)1234")]),
    Sought("048-830-\n1234", [(PHONE, "048-830-1234")]),
    Sought("0488301234", [(PHONE, "0488301234")]),
    Sought("090-1234-5678まで", [(PHONE, "090-1234-5678")]),
    Sought("+81 48 830 1234", [(PHONE, "+81-48-830-1234")]),
    Sought("info＠example.jp へ", [(MAIL, "info@example.jp")]),
    Sought("a.b+c@sub.example.co.jp", [(MAIL, "a.b+c@sub.example.co.jp")]),
    Sought("048・830・3310", [(PHONE, "048-830-3310")]),
    Sought("048─830〜3310", [(PHONE, "048-830-3310")]),
    Sought("〇四八―八三〇―三三一〇", [(PHONE, "048-830-3310")]),
    Sought("電話番号0488303310FAX0488304784", [(PHONE, "0488303310"), (PHONE, "0488304784")]),
    Sought("山田@pref.saitama.lg.jp", [(MAIL, "山田@pref.saitama.lg.jp")]),
    Sought("a(at)b.jp", [(MAIL, "a(at)b.jp")]),
    Sought("令和６年10月１日～令和７年９月30日、2024年", []),
    Sought("112232", []),
    Sought("council-112232", []),
    Sought("2023-04-01/2024-09-30", []),
    Sought("令和６年10月１日現在", []),
    Sought("12345678", []),
    Sought("1234567890123", []),
    Sought("＠市役所", []),
    Sought("a@b", []),
], ids=lambda case: case.text)  # fmt: skip
def test_contacts_are_known_however_they_are_written(case: Sought) -> None:
    assert list(contacts(case.text)) == case.found


@given(
    before=st.text("県市町村の、。 ", max_size=8),
    number=st.integers(100_0000, 999_9999),
    after=st.text("まで。 ", max_size=4),
)
def test_a_number_of_saitama_is_found_within_words(before: str, number: int, after: str) -> None:
    digits = f"048-{number // 10000}-{number % 10000:04}"
    assert (PHONE, digits) in list(contacts(f"{before}{digits}{after}"))


@given(text=st.text(max_size=200))
def test_no_text_stops_the_search(text: str) -> None:
    assert {rule for rule, _ in contacts(text)} <= {PHONE, MAIL}


def judged(home: Home, survey: Survey, declarations: YearDeclarations, *sql: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(home.year_warehouse(declarations.year))) as connection:
        for statement in sql:
            connection.execute(statement)
    return judge_disclosure(home, survey, declarations).findings().to_dicts()


@pytest.fixture
def given_home(ready: Home, second_survey: Survey, second_declarations: YearDeclarations) -> Any:
    return lambda *sql: judged(ready, second_survey, second_declarations, *sql)


def test_what_is_public_of_the_usual_returns_holds_nothing(given_home: Any) -> None:
    assert given_home() == []


def written(text: str, code: str = CITY) -> tuple[str, ...]:
    return (
        f"update mart_plans set name = name || '{text}' where municipality_code = '{code}'",
        (
            f"update stg_cells set text = '{text}' where cell_id = (select min(cell_id) from stg_cells"
            f" where municipality_code = '{code}' and year = {YEAR} and text <> '')"
        ),
    )


@pytest.mark.parametrize(("text", "rule"), [("048-830-1234", PHONE), ("info@example.jp", MAIL)])
def test_a_contact_in_a_public_table_blocks_and_names_its_cell(given_home: Any, text: str, rule: str) -> None:
    (found,) = given_home(*written(text))
    assert (found["rule_id"], found["severity"], found["verdict"]) == (rule, "error", "fail")
    assert found["municipality_code"] == CITY
    assert "mart_plans.name" in found["message"]
    assert text in found["message"]
    assert found["cells"].count("!") == 2


def answer(text: str, question: str) -> str:
    return (
        f"update stg_answers set question_id = '{question}', value_text = '{text}' where answer_id ="
        f" (select min(answer_id) from stg_answers where year = {YEAR} and municipality_code = '{CITY}')"
    )


TEXT = "measure_other_text"


@pytest.mark.parametrize(("stands", "is_found"), [
    ("要支援者の名簿を配布", True), ("取組：要支援者の名簿を配布した", True), ("要支援者の名簿", False),
])  # fmt: skip
def test_a_free_text_that_is_not_public_is_known_again(given_home: Any, stands: str, is_found: bool) -> None:
    found = given_home(
        answer("要支援者の名簿を 配布", TEXT),
        f"update mart_plans set name = '{stands}' where municipality_code = '{CITY}'",
    )
    assert [row["rule_id"] for row in found] == ([WITHHELD] if is_found else [])


@pytest.mark.parametrize("text", ["complete", "全員分を作成"])
def test_words_that_everybody_knows_are_no_free_text(given_home: Any, text: str) -> None:
    assert given_home(answer(text, TEXT)) == []


def test_a_short_text_within_another_is_no_leak_but_as_a_whole_it_is(given_home: Any) -> None:
    (found,) = given_home(
        answer("名簿", TEXT), f"update mart_plans set name = '名簿' where municipality_code = '{CITY}'"
    )
    assert found["rule_id"] == WITHHELD
    assert given_home(f"update mart_plans set name = '名簿の配布' where municipality_code = '{CITY}'") == []


def test_a_public_free_text_is_to_be_read_by_a_person(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    questionnaire = second_declarations.questionnaire
    public = questionnaire.questions[TEXT].model_copy(update={"disclosure": "public"})
    copied = questionnaire.model_copy()
    copied.__dict__["questions"] = {**questionnaire.questions, TEXT: public}
    declarations = replace(second_declarations, questionnaire=copied)
    found = judged(ready, second_survey, declarations, answer("独自の取組", TEXT))
    assert {(row["rule_id"], row["severity"]) for row in found} == {(FREE_TEXT, "warning")}
    assert "独自の取組" in found[0]["message"]


@pytest.mark.parametrize(("level", "values", "verdicts"), [
    ("aggregate", "'complete'", ["fail"]),
    ("internal", "'全員分を作成'", ["fail"]),
    ("public", "'complete'", []),
    ("aggregate", "case when municipality_code = '331007' then 'complete' else '市' end", []),
    ("aggregate", "null", []),
], ids=["code", "label", "public question", "other values too", "nothing"])  # fmt: skip
def test_a_column_with_the_options_of_what_is_not_public_is_known_by_its_values(
    ready: Home,
    second_survey: Survey,
    second_declarations: YearDeclarations,
    level: str,
    values: str,
    verdicts: list[str],
) -> None:
    old = second_declarations.questionnaire
    questionnaire = old.model_copy()
    questionnaire.__dict__["questions"] = {
        **old.questions, "plan_state": old.questions["plan_state"].model_copy(update={"disclosure": level})
    }  # fmt: skip
    declarations = replace(second_declarations, questionnaire=questionnaire)
    found = judged(ready, second_survey, declarations, f"update mart_plans set name = {values}")
    assert [row["verdict"] for row in found if row["rule_id"] == WITHHELD_ANSWER] == verdicts
    assert all("mart_plans.name" in row["message"] for row in found if row["rule_id"] == WITHHELD_ANSWER)


def test_a_public_mart_that_was_not_built_cannot_be_verified(given_home: Any) -> None:
    found = given_home("drop table mart_plans")
    assert {(row["rule_id"], row["verdict"]) for row in found} == {
        (rule, "unverifiable") for rule in (PHONE, MAIL, WITHHELD, WITHHELD_ANSWER)
    }


def test_the_texts_of_the_report_are_looked_at_too(
    second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    texts = {told.place.partition(":")[0] for told in report_texts(second_survey, second_declarations)}
    assert {"schemas/reports/2025.md", "data/prose/2025/purpose.md"} <= texts


def test_what_is_declared_and_printed_is_looked_at_too(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations
) -> None:
    questionnaire = second_declarations.questionnaire.model_copy(update={"sender": "防災課 086-226-7293"})
    found = judged(ready, second_survey, replace(second_declarations, questionnaire=questionnaire))
    assert [(row["rule_id"], row["verdict"]) for row in found] == [(PHONE, "fail")]
    assert "sender" in found[0]["message"]


@pytest.mark.parametrize("kind", ["header", "footer", "first_page_footer", "even_page_header"])
@pytest.mark.parametrize(("text", "verdicts"), [("県庁　086-226-7293", ["fail"]), ("県庁　第3庁舎", [])])
def test_the_headers_and_footers_of_a_template_are_looked_at_too(
    ready: Home, second_survey: Survey, second_declarations: YearDeclarations, tmp_path: Path,
    kind: str, text: str, verdicts: list[str],
) -> None:  # fmt: skip
    def change(file: DocxDocument) -> None:
        holder = getattr(file.sections[0], kind)
        holder.is_linked_to_previous = False
        holder.paragraphs[0].text = text

    survey = Survey(tmp_path / "survey")
    shutil.copytree(second_survey.root, survey.root)
    (survey.report_folder / f"{YEAR}.docx").write_bytes(edited(change))
    found = judged(ready, survey, second_declarations)
    assert [row["verdict"] for row in found if row["rule_id"] == PHONE] == verdicts
    assert all(f"{YEAR}.docx" in row["message"] for row in found)


# The decision on sets so small that they tell one municipality's answer


OWN = Survey(PROJECT_ROOT).load_year(2024)
VILLAGE = next(m for m in OWN.municipalities if m.kind == "村")
FIGURE = "plenary_vitality.vitalised"


def with_policy(small_sets: str | None) -> YearDeclarations:
    old = OWN.questionnaire.disclosure_policy
    assert old
    policy = DisclosurePolicy(**{**old.model_dump(), "small_sets": small_sets}) if small_sets else None
    return replace(OWN, questionnaire=OWN.questionnaire.model_copy(update={"disclosure_policy": policy}))


def contributions(counted: set[str]) -> pl.DataFrame:
    rows = [(FIGURE, m.code, m.code in counted) for m in OWN.municipalities]
    return pl.DataFrame(rows, schema=["figure_id", "municipality_code", "is_counted"], orient="row")


@pytest.mark.parametrize(("small_sets", "is_shown"), [("show", True), ("withhold", False), (None, False)])
def test_the_word_of_kinds_follows_the_decision(small_sets: str | None, is_shown: bool) -> None:
    declarations = with_policy(small_sets)
    assert declarations.shows_kinds(declarations.figures[FIGURE]) is is_shown
    assert declarations.shows_kinds(declarations.figures["establishment.single"])
    assert declarations.shows_kinds(declarations.figures["roster.municipalities"])
    assert not declarations.shows_kinds(declarations.figures["council.all"])


def test_both_calculations_withhold_the_word(demo_home: Home) -> None:
    answers = pl.read_parquet(demo_home.work(2024) / "answers.parquet")
    units = {policy: calculate_figures(with_policy(policy), answers)[FIGURE].unit for policy in ("show", "withhold")}
    assert units["withhold"] == "市町村"
    assert units["show"] != ""
    assert set(units["show"]) <= set("市町村")


@pytest.mark.parametrize(("counted", "told"), [
    ({VILLAGE.code}, f"{VILLAGE.name}が該当する"),
    ({next(m.code for m in OWN.municipalities if m.kind == "市")}, f"{VILLAGE.name}が該当しない"),
    ({m.code for m in OWN.municipalities}, "すべての市町村が該当する"),
    (set[str](), "どの市町村も該当しない"),
], ids=["the village", "a city", "all", "none"])  # fmt: skip
def test_what_a_count_tells_of_one_municipality_is_listed(counted: set[str], told: str) -> None:
    def lines(policy: str) -> list[tuple[str, str]]:
        found = telling_figures(with_policy(policy), contributions(counted))
        return [(words, treatment) for figure, words, treatment in found if figure.id == FIGURE]

    assert [words for words, _ in lines("show")] == [told]
    if len(counted) == 1:
        assert (lines("show")[0][1], lines("withhold")[0][1]) == (SHOWN, NOT_SHOWN)


@pytest.mark.parametrize(("figure_id", "causes", "told"), [
    (FIGURE, [("late_return", VILLAGE.code)], [f"{VILLAGE.name}の回答（前の版との差）"]),
    (FIGURE, [("return", VILLAGE.code), ("return", "111007")], []),
    (FIGURE, [("declaration", "schemas/figures/2024.yaml")], []),
    ("establishment.single", [("return", VILLAGE.code)], []),
    ("no.figure", [("return", VILLAGE.code)], []),
], ids=["one return", "two", "no return", "public", "no longer declared"])  # fmt: skip
def test_what_a_revision_tells_of_one_municipality_is_listed(
    figure_id: str, causes: list[tuple[Any, str]], told: list[str]
) -> None:
    change = FigureChange(figure_id, None, "s", "項目", "1", "2", tuple(Cause(*cause) for cause in causes))
    comparison = Comparison("2024/r1", "2024/r2", (), (change,), (), (), (), ())
    assert [words for _, words, _ in telling_revisions(OWN, comparison)] == told
    assert list(telling_revisions(OWN, None)) == []


def test_figures_of_public_questions_are_not_listed() -> None:
    everyone = pl.concat([
        contributions(set()).with_columns(figure_id=pl.lit(name)) for name in ("establishment.single", FIGURE)
    ])  # fmt: skip
    assert "establishment.single" not in {figure.id for figure, _, _ in telling_figures(OWN, everyone)}
