"""What the public edition keeps to itself: texts that are no answers, and single answers to what is published in figures only."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipeline.home import PROJECT_ROOT
from pipeline.publish.site.answers import UNLISTED, Distribution, answer_words
from pipeline.publish.site.book import Answer, Past, SiteBook, SourceCell, without_repeats
from pipeline.publish.site.editions import SiteEdition
from pipeline.publish.site.figure_pages import Counted
from pipeline.publish.site.question_pages import FEWEST_NUMBERS, QuestionPage, distributions, question_pages
from pipeline.publish.site.sources import sources
from schemas.labels import Disclosure
from schemas.survey import Survey, YearDeclarations

YEAR, COUNT, DAY, COUNCIL = 2024, "plenary_meeting_count", "core_center_planned_date", "council"


@pytest.fixture(scope="module")
def declarations() -> YearDeclarations:
    return Survey(PROJECT_ROOT).load_year(YEAR)


def counted(text: str, *, is_counted: bool = True, corrected: str | None = None) -> Counted:
    cell = SourceCell("c1", "r1", "計画", "C12", "text", text, corrected)
    return Counted("甲市", "112011", "甲市", 5, is_counted, "数えた", is_assumed=False, cells=[cell])


@pytest.mark.parametrize(("one", "public"), [
    (counted("5件"), "5件"),
    (counted("5件 電話0862223333", corrected="5"), "（記入された文字は示さない）（訂正：5）"),
    (counted("課長の山田", is_counted=False), "（記入された文字は示さない）"),
    (counted(" ", is_counted=False), "空欄：計画 C12"),
    (counted("", corrected="5"), "（記入された文字は示さない）（訂正：5）"),
], ids=["read", "corrected", "not counted", "blank", "blank, corrected"])  # fmt: skip
def test_the_public_sees_what_was_read_as_an_answer(one: Counted, public: str) -> None:
    shown = str(sources(one, False))
    assert public in shown
    own = one.cells[0].text.strip()
    assert (own in shown) == (public == own or not own)
    internal = str(sources(one, True))
    assert own in internal
    assert ("訂正：5" in internal) == ("訂正" in public)


def page_of(book: SiteBook, declarations: YearDeclarations, level: Disclosure, edition: str) -> QuestionPage:
    """The page of a count question under another policy."""
    old = declarations.questionnaire
    questionnaire = old.model_copy()
    changed = old.questions[COUNT].model_copy(update={"disclosure": level})
    questionnaire.__dict__["questions"] = {**old.questions, COUNT: changed}
    own = SiteEdition(edition, questionnaire)  # type: ignore[arg-type]
    other = SiteBook(replace(declarations, questionnaire=questionnaire), book.folder, {})
    found = distributions(other, own)
    return next(page for page in question_pages(other, own, found) if page.question.id == COUNT)


@pytest.fixture(scope="module")
def book(demo_release: Path, declarations: YearDeclarations) -> SiteBook:
    return SiteBook(declarations, demo_release, {})


@pytest.mark.parametrize(("level", "edition", "shows_each"), [
    ("public", "public", True), ("aggregate", "public", False), ("aggregate", "internal", True),
])  # fmt: skip
def test_numbers_of_what_is_published_in_figures_only_are_not_shown_one_by_one(
    book: SiteBook, declarations: YearDeclarations, level: Disclosure, edition: str, shows_each: bool
) -> None:
    page = page_of(book, declarations, level, edition)
    assert (page.chart is not None, page.shows_each_number, page.shows_numbers) == (shows_each, shows_each, True)


@pytest.mark.parametrize(("count", "shows"), [(FEWEST_NUMBERS - 1, False), (FEWEST_NUMBERS, True)])
def test_a_sum_of_few_numbers_is_not_shown_either(
    book: SiteBook, declarations: YearDeclarations, count: int, shows: bool
) -> None:
    edition = SiteEdition("public", declarations.questionnaire)
    question = declarations.questionnaire.questions[COUNT].model_copy(update={"disclosure": "aggregate"})
    own = distributions(book, edition)[COUNT]
    own.question, own.numbers = question, own.numbers[:count]
    questionnaire = declarations.questionnaire.model_copy()
    questionnaire.__dict__["questions"] = {**questionnaire.questions, COUNT: question}
    (page,) = question_pages(book, SiteEdition("public", questionnaire), {COUNT: own})
    assert page.shows_numbers is shows


def test_days_are_alike_only_where_they_are_the_same(declarations: YearDeclarations) -> None:
    question = declarations.questionnaire.questions[DAY]

    def named(day: date) -> dict[tuple[str, int], list[Answer]]:
        return {(DAY, 1): [Answer(DAY, 1, "", "x", "answered", None, None, day, None)]}

    answers = {"a": named(date(2026, 4, 1)), "b": named(date(2025, 4, 1)), "c": named(date(2026, 4, 1))}
    found = Distribution(question, answers, list(answers), {})
    assert found.days() == [("令和7年4月1日", 1), ("令和8年4月1日", 2)]
    assert sum(found.options.values()) == found.answered_count == 3


def test_what_no_register_knows_is_told_in_words(declarations: YearDeclarations) -> None:
    question = declarations.questionnaire.questions[COUNCIL]
    answer = Answer(COUNCIL, 1, "", "x", "answered", "not_listed", None, None, None)
    assert answer_words(question, [answer], {}) == (UNLISTED,)
    assert answer_words(question, [answer], {"not_listed": "甲協議会"}) == ("甲協議会",)


def test_what_is_shared_is_counted_once_as_its_secretariat_tells_it(declarations: YearDeclarations) -> None:
    question = declarations.questionnaire.questions[COUNT]

    def said(number: int) -> dict[tuple[str, int], list[Answer]]:
        return {(COUNT, 1): [Answer(COUNT, 1, "", "shared", "answered", None, number, None, None)]}

    answers = {"a": said(3), "b": said(4)}
    assert Distribution(question, answers, ["a", "b"], {"shared": "b"}).numbers == [4]
    assert Distribution(question, answers, ["a", "b"], {}).numbers == [3, 4]


def past(release: str, display: str, *, is_newest: bool = False, year: int = 2023) -> Past:
    return Past(year, release, is_newest, float(display), display, "件", None, None)


def test_an_earlier_release_is_told_only_where_it_said_something_else() -> None:
    same = [past("r1", "5"), past("r2", "5", is_newest=True)]
    other = [past("r1", "4"), past("r2", "5", is_newest=True)]
    assert [one.release for one in without_repeats(same)] == ["r2"]
    assert [one.release for one in without_repeats(other)] == ["r1", "r2"]
    assert [one.year for one in without_repeats([past("r1", "5", is_newest=True, year=y) for y in (2022, 2023)])] == [
        2022,
        2023,
    ]
