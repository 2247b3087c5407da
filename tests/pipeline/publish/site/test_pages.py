"""The pages of a release's site: what they say, whom they name, and what they never show."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from lxml import html

from pipeline.home import PROJECT_ROOT
from pipeline.publish.site.book import SiteBook
from pipeline.publish.site.editions import SiteEdition
from pipeline.publish.site.figure_pages import figure_pages
from pipeline.publish.site.frame import Frame, PageWriter
from pipeline.publish.site.municipality_pages import AnswerLine, MunicipalityPage, municipality_pages
from pipeline.publish.site.question_pages import QuestionPage, distributions, pages_of_questions, question_pages
from pipeline.publish.site.returns import split_returns
from schemas.crosswalk import QuestionLink
from schemas.labels import Label
from schemas.survey import Survey, YearDeclarations

YEAR = 2024
MOST_BYTES = 1_000_000
FRAME = Frame("調査", YEAR, [], "令和6年12月2日", "AAAA")


@pytest.fixture(scope="module")
def declarations() -> YearDeclarations:
    return Survey(PROJECT_ROOT).load_year(YEAR)


@pytest.fixture(scope="module")
def book(demo_release: Path, declarations: YearDeclarations) -> SiteBook:
    return SiteBook(declarations, demo_release, {})


def page(release: Path, name: str, edition: str = "public") -> Any:
    return html.fromstring((release / edition / "site" / name).read_bytes())


def rows(table: Any) -> list[list[str]]:
    return [[cell.text_content() for cell in row.xpath("th|td")] for row in table.xpath("tbody/tr")]


def facts(document: Any) -> dict[str, str]:
    names, values = document.xpath("//dl[@class='facts']/dt"), document.xpath("//dl[@class='facts']/dd")
    return {name.text_content(): value.text_content() for name, value in zip(names, values, strict=True)}


def pages_of(book: SiteBook, edition: SiteEdition) -> tuple[list[QuestionPage], list[MunicipalityPage]]:
    found = distributions(book, edition)
    return question_pages(book, edition, found), municipality_pages(book, edition, found)


def lines_of(book: SiteBook, edition: SiteEdition) -> list[AnswerLine]:
    _, pages = pages_of(book, edition)
    return [line for one in pages for _, groups in one.sections for group in groups for line in group.lines]


# The report


def test_every_number_of_the_report_leads_to_its_page(demo_release: Path) -> None:
    links = page(demo_release, "index.html").xpath("//main//a[@class='figure']")
    assert len(links) > 80
    for link in links:
        value = page(demo_release, link.get("href")).xpath("string(//p[@class='value'])")
        assert link.text_content() in value


# A figure


def test_a_figure_tells_what_it_counts_and_of_whom(demo_release: Path) -> None:
    document = page(demo_release, "figures/establishment.single.html")
    told = facts(document)
    assert told["意味"] == "「協議会の設置」で「単独設置」を選んだ市町村の数"
    assert told["基準日又は期間"] == "令和6年9月30日"
    counted = [row for row in rows(document.xpath("//table")[-1]) if row[1] == "数えた"]
    assert told["対象"] == f"63（数えた {len(counted)}、選択なし {63 - len(counted)}）"
    assert document.xpath("string(//p[@class='value'])").strip() == f"{len(counted)}市町"


def test_a_figure_shows_the_cells_behind_it_with_text_and_file(demo_release: Path) -> None:
    document = page(demo_release, "figures/plenary_meetings.total.html")
    cells = {row["cell_id"]: row for row in pl.read_parquet(demo_release / "internal" / "cells.parquet").to_dicts()}
    shown = document.xpath("//*[@data-cell]")
    assert {cells[place.get("data-cell")]["text"].strip() for place in shown} == {
        p.text_content().strip() for p in shown
    }
    files = {cells[place.get("data-cell")]["return_id"][:12] for place in shown}
    assert files <= {row[-1] for row in rows(document.xpath("//table")[-1])}


def test_a_ratio_and_a_ranking_lead_to_what_they_are_made_of(demo_release: Path) -> None:
    ratio = page(demo_release, "figures/plenary_meetings.mean.html")
    assert [row[0] for row in rows(ratio.xpath("//table")[0])] == ["分子", "分母"]
    assert facts(ratio)["意味"] == "「全体会の回数」を「協議会数」で割り、小数第2位を四捨五入したもの"
    ranking = page(demo_release, "figures/agenda_topic_ranking.html")
    places = [row[0] for row in rows(ranking.xpath("//table")[0])]
    assert places[:6] == ["1", "2", "3", "4", "5", "6（報告書には掲げない）"]


# A question


def test_a_question_counts_every_municipality_once(demo_release: Path) -> None:
    document = page(demo_release, "questions/establishment.html")
    distribution = rows(document.xpath("//table")[0])
    assert sum(int(count) for _, count in distribution) == 63
    tiles = document.xpath("//ul[@class='tiles']/li")
    assert len(tiles) == 63
    assert len({tile.get("class")[: tile.get("class").rindex(" ")] for tile in tiles}) == 63


def test_a_question_with_many_answers_has_a_map_of_each_option(
    demo_release: Path, declarations: YearDeclarations
) -> None:
    document = page(demo_release, "questions/agenda_topic.html")
    options = declarations.questionnaire.questions["agenda_topic"].choices
    assert [heading.text_content() for heading in document.xpath("//h3")] == [option.label.ja for option in options]


def test_without_a_tile_grid_the_answers_stand_in_a_table_alone(
    demo_release: Path, declarations: YearDeclarations
) -> None:
    bare = replace(declarations, reference=replace(declarations.reference, tile_places=()))
    edition = SiteEdition("public", bare.questionnaire)
    pages = pages_of(SiteBook(bare, demo_release, {}), edition)[0]
    assert all(not one.maps for one in pages)
    assert len(next(one for one in pages if one.question.id == "establishment").answers or ()) == 63


# Who may see what


def test_the_public_edition_shows_no_text_that_a_municipality_wrote_freely(
    demo_release: Path, declarations: YearDeclarations
) -> None:
    questions = declarations.questionnaire.questions
    answers = pl.read_parquet(demo_release / "internal" / "answers.parquet")
    free = {
        text for name, text in answers.select("question_id", "value_text").iter_rows()
        if text and questions[name].disclosure != "public"
    }  # fmt: skip
    labels = {option.label.ja for question in questions.values() for option in question.choices}
    free -= {text for text in free if any(text in label for label in labels)}
    assert len(free) > 20
    shown = "".join(path.read_text(encoding="utf-8") for path in (demo_release / "public" / "site").rglob("*.html"))
    names = {entity.name for entity in declarations.reference.register}
    found = {text for text in free if f">{text}<" in shown or f"、{text}" in shown} - names
    assert found == set()


@pytest.mark.parametrize("name", ["plenary_vitality.vitalised", "subcommittee_vitality.other"])
def test_of_an_aggregate_question_the_public_edition_names_nobody(demo_release: Path, name: str) -> None:
    document = page(demo_release, f"figures/{name}.html")
    assert not document.xpath("//*[@data-cell]")
    assert "集計した値だけを公表する" in document.xpath("string(//main)")
    assert len(page(demo_release, f"figures/{name}.html", "internal").xpath("//*[@data-cell]")) > 60


def test_an_internal_question_has_no_page_in_the_public_edition(
    demo_release: Path, declarations: YearDeclarations
) -> None:
    internal = {q.id for q in declarations.questionnaire.questions.values() if q.disclosure == "internal"}
    public = {path.stem for path in (demo_release / "public" / "site" / "questions").glob("*.html")}
    assert internal
    assert not internal & public
    assert not (demo_release / "public" / "site" / "returns").exists()
    assert "core_center_planned_date" in {
        p.stem for p in (demo_release / "internal" / "site" / "questions").glob("*.html")
    }


# A municipality


def test_a_municipality_reads_its_answers_beside_those_of_the_prefecture(demo_release: Path, book: SiteBook) -> None:
    document = page(demo_release, "municipalities/112011.html")
    first = rows(document.xpath("//table")[0])[0]
    answered = book.answers["112011"]["establishment", 1][0].value_code
    alike = sum(1 for own in book.answers.values() if own["establishment", 1][0].value_code == answered)
    assert first[-1] == f"{alike}／63市町村"
    assert facts(document)["回答ファイルのSHA-256"] == book.returns["112011"]["return_id"]


def test_each_chosen_option_stands_beside_how_many_chose_it_in_the_order_of_the_form(
    book: SiteBook, declarations: YearDeclarations
) -> None:
    edition = SiteEdition("public", declarations.questionnaire)
    chosen: dict[tuple[str, str], int] = {}
    secretariats = {entity.entity_id: entity.secretariat_code for entity in declarations.reference.register}
    for code, own in book.answers.items():
        for row in (row for rows in own.values() for row in rows if row.status == "answered" and row.option_code):
            if secretariats.get(row.entity_id, code) != code:
                continue  # a member tells of what is shared what the secretariat tells of it
            chosen[row.question_id, row.option_code] = chosen.get((row.question_id, row.option_code), 0) + 1
    lines = [line for line in lines_of(book, edition) if line.question.is_multiple and len(line.answer) > 1]
    assert len(lines) > 100
    for line in lines:
        codes = {option.label.ja: option.code for option in line.question.choices}
        order = [list(codes).index(label) for label in line.answer]
        assert order == sorted(order)
        told = [beside.split("　")[0] for beside in line.beside]
        assert told == list(line.answer)
        counts = [int(beside.split("　")[1].split("／")[0]) for beside in line.beside]
        assert counts == [chosen[line.question.id, codes[label]] for label in line.answer]


def test_a_municipality_is_in_the_figures_of_its_joint_council(book: SiteBook, declarations: YearDeclarations) -> None:
    edition = SiteEdition("public", declarations.questionnaire)
    on = date(2024, 9, 30)
    joint = next(e for e in declarations.reference.entities("council", on) if e.kind == "joint")
    member = next(
        m.code for m in declarations.reference.members(joint.entity_id, on) if m.code != joint.secretariat_code
    )
    found = next(one for one in pages_of(book, edition)[1] if one.municipality.code == member)
    assert "council.all" in {figure["figure_id"] for figure in found.figures}


def test_last_years_answers_stand_beside_those_of_this_year(demo_release: Path, declarations: YearDeclarations) -> None:
    public = frozenset(q.id for q in declarations.questionnaire.questions.values() if q.disclosure == "public")
    book = SiteBook(declarations, demo_release, {YEAR - 1: demo_release}, public)
    lines = lines_of(book, SiteEdition("public", declarations.questionnaire))
    assert len(lines) > 1000
    assert all(line.previous == line.answer for line in lines)


def test_what_was_not_public_last_year_is_not_shown_now(demo_release: Path, declarations: YearDeclarations) -> None:
    book = SiteBook(declarations, demo_release, {YEAR - 1: demo_release}, frozenset({"establishment"}))
    shown = lines_of(book, SiteEdition("public", declarations.questionnaire))
    assert {line.question.id for line in shown if line.previous} == {"establishment"}
    internal = lines_of(book, SiteEdition("internal", declarations.questionnaire))
    assert all(line.previous == line.answer for line in internal)


def with_series(demo_release: Path, folder: Path, *earlier: dict[str, Any]) -> Path:
    """The release with these values of earlier years beside each figure's own."""
    shutil.copytree(demo_release / "internal", folder / "internal")
    shutil.copytree(demo_release / "public", folder / "public", ignore=shutil.ignore_patterns("site"))
    path = folder / "public" / "mart_figure_series.parquet"
    own = pl.read_parquet(path).filter(pl.col("release") == "current")
    changed = [
        own.with_columns(**{key: pl.lit(value).cast(own.schema[key]) for key, value in one.items()}) for one in earlier
    ]
    pl.concat([own, *changed]).write_parquet(path)
    return folder


FIRST = {"observed_year": 2022, "release": "r1", "is_newest": True, "value": 8.0, "display": "8", "is_comparable": False,
         "break_year": 2023, "reason": "尋ねる対象が変わったため"}  # fmt: skip
REVISED = {"observed_year": 2023, "release": "r1", "is_newest": False, "value": 9.0, "display": "9"}
NEWEST = {"observed_year": 2023, "release": "r2", "is_newest": True, "value": 10.0, "display": "10"}


def test_a_figure_shows_each_release_of_earlier_years_and_where_its_series_breaks(
    demo_release: Path, declarations: YearDeclarations, tmp_path: Path
) -> None:
    book = SiteBook(declarations, with_series(demo_release, tmp_path / "r1", NEWEST, FIRST, REVISED), {})
    edition = SiteEdition("public", declarations.questionnaire)
    one = figure_pages(book, edition, frozenset())[1]
    assert [(past.year, past.release, past.is_newest) for past in one.past] == [
        (2022, "r1", True), (2023, "r1", False), (2023, "r2", True),
    ]  # fmt: skip
    assert one.has_remarks
    PageWriter(tmp_path, FRAME, edition).write("figures/one.html", "figure.html", page=one, chart=None)
    document = html.fromstring((tmp_path / "figures" / "one.html").read_text(encoding="utf-8"))
    told = [row[-1] for row in rows(document.xpath("//h2[text()='推移']/following-sibling::table")[0])]
    assert told == ["令和6年度の値とは比べられない（尋ねる対象が変わったため）", "第1版の値。のちに改訂", "", ""]


def test_a_figure_that_is_the_same_each_year_needs_no_remark(
    demo_release: Path, declarations: YearDeclarations, tmp_path: Path
) -> None:
    book = SiteBook(declarations, with_series(demo_release, tmp_path / "r1", NEWEST), {})
    assert not figure_pages(book, SiteEdition("public", declarations.questionnaire), frozenset())[1].has_remarks


def test_lines_of_a_chart_end_where_values_do_not_compare(
    demo_release: Path, declarations: YearDeclarations, tmp_path: Path
) -> None:
    book = SiteBook(declarations, with_series(demo_release, tmp_path / "r1", NEWEST, FIRST, REVISED), {})
    edition = SiteEdition("public", declarations.questionnaire)
    found = next(p for p in pages_of(book, edition)[0] if p.question.id == "role")
    assert found.change
    points = found.change["data"]["values"]
    assert {(row["年度"], row["区間"]) for row in points} == {(2022, 2023), (2023, 0), (2024, 0)}
    assert found.change_count == found.option_count == len({row["項目"] for row in points})
    many = next(p for p in pages_of(book, edition)[0] if p.question.id == "agenda_topic")
    assert many.change
    assert many.change_count < many.option_count
    assert len({row["項目"] for row in many.change["data"]["values"]}) == many.change_count


def test_an_answer_of_another_question_under_the_same_id_is_not_laid_beside(
    demo_release: Path, declarations: YearDeclarations
) -> None:
    assert declarations.changes
    question = declarations.questionnaire.questions["establishment"]
    then = question.model_copy(update={"label": Label(ja="昔の設問")})
    link = QuestionLink("establishment", "redefined", then, question, (), ("単位が変わったため",))
    changes = replace(declarations.changes, questions={**declarations.changes.questions, "establishment": link})
    book = SiteBook(
        replace(declarations, changes=changes), demo_release, {YEAR - 1: demo_release}, frozenset({"establishment"})
    )
    lines = lines_of(book, SiteEdition("public", declarations.questionnaire))
    told = [line.previous for line in lines if line.question.id == "establishment" and line.previous]
    assert told
    assert all(said[-1] == "（今回とは比べられない。単位が変わったため）" for said in told)


def test_names_that_look_like_code_are_text(demo_release: Path, declarations: YearDeclarations, tmp_path: Path) -> None:
    strange = "<script>alert('\"&\u202e市"
    municipalities = [
        m.model_copy(update={"name": strange}) if m.code == "112011" else m
        for m in declarations.reference.municipalities
    ]
    changed = replace(declarations, reference=replace(declarations.reference, municipalities=tuple(municipalities)))
    edition = SiteEdition("internal", changed.questionnaire)
    book = SiteBook(changed, demo_release, {})
    writer = PageWriter(tmp_path, FRAME, edition)
    for one in pages_of(book, edition)[0]:
        writer.write(f"questions/{one.question.id}.html", "question.html", page=one, question_is_table=False)
    one = next(p for p in pages_of(book, edition)[1] if p.municipality.code == "112011")
    writer.write(
        "municipalities/112011.html", "municipality.html", page=one, question_pages=pages_of_questions(edition)
    )
    for path in tmp_path.rglob("*.html"):
        document = html.fromstring(path.read_bytes())
        assert not document.xpath("//script[not(@src)]")
    assert (
        html.fromstring((tmp_path / "municipalities/112011.html").read_bytes()).xpath("string(//h1)")
        == f"埼玉県{strange}"
    )


# The returns


def test_every_return_is_what_it_has_in_common_and_what_it_has_besides(book: SiteBook) -> None:
    common, sent = split_returns(book)
    cells = book.scan_cells().filter(pl.col("address").str.contains(r"^[A-Z]+[0-9]+$")).collect()
    found = {one.municipality_code: one for one in sent}
    assert len(found) == 63
    for code, own in cells.group_by("municipality_code"):
        one, gone = found[str(code[0])], set(found[str(code[0])].without)
        again = {(c.sheet, c.address, c.text) for n, c in enumerate(common) if n not in gone}
        again |= {(c.sheet, c.address, c.text) for c in one.cells}
        assert again == set(own.select("sheet", "address", "text").iter_rows())
    assert max(len(one.cells) for one in found.values()) < len(common)


def test_no_page_and_no_library_is_too_heavy(demo_release: Path) -> None:
    for site in (demo_release / "public" / "site", demo_release / "internal" / "site"):
        assets = sum(
            (site / "assets" / name).stat().st_size for name in ("site.css", "site.js", "search.js", "sheets.js")
        )
        library = (site / "assets" / "vega.js").stat().st_size
        assert library < MOST_BYTES
        assert max(path.stat().st_size for path in site.rglob("*.html")) + assets < MOST_BYTES
