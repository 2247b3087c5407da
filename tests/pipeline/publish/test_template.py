"""A number in a report has a source: unknown placeholders and bare digits fail with file and line."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from pipeline.home import Home
from pipeline.publish.figure_book import FigureBook
from pipeline.publish.template import Composer
from schemas.errors import DeclarationError
from schemas.survey import Survey, YearDeclarations
from tests.conftest import SECOND_YEAR


def compose(text: str, home: Home, survey: Survey, declarations: YearDeclarations, folder: Path) -> str:
    template = folder / "report.md"
    template.write_text(text, encoding="utf-8")
    with closing(FigureBook(home.warehouse, SECOND_YEAR)) as book:
        blocks = Composer(survey, declarations, book).compose(template)
    return "\n".join(block.text for block in blocks)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("計画は{{ plans.total }}件", "計画は252件"),
        ("{{ roster.municipalities unit }}", "27市町村"),
        ("{{ label drills.total }}", "合同訓練"),
        ("{{ members network.all }}", "高梁川流域連携、津山圏域連携、真庭新庄連携"),
        ("{{ reference_date }}現在", "令和7年4月1日現在"),
        ("{{ period drills }}", "令和6年4月～令和7年3月"),
        ("# 概要\n\n## 目的\n\n### 細目\n\n## 方法", "１　概要\n（１）目的\n①　細目\n（２）方法"),
    ],
)
def test_placeholders_are_replaced_and_headings_numbered(
    finished_home: Home,
    second_survey: Survey,
    second_declarations: YearDeclarations,
    tmp_path: Path,
    text: str,
    expected: str,
) -> None:
    assert compose(text, finished_home, second_survey, second_declarations, tmp_path) == expected


@pytest.mark.parametrize(
    ("text", "reference", "line"),
    [
        ("本文\n\n27市町村", "bare-number", 3),
        ("未設置の３市", "bare-number", 1),
        ("① 最初", "bare-number", 1),
        ("㋀の会議", "bare-number", 1),
        ("会議は㏠から", "bare-number", 1),
        ("\n\n{{ plans.totl }}", "unknown-placeholder", 3),
        ("{{ period nothing }}", "unknown-placeholder", 1),
        ("{{ }}", "unknown-placeholder", 1),
        ("未設置は三市である", "bare-number", 1),
        ("二つの協議会", "bare-number", 1),
        ("卅市町村", "bare-number", 1),
        ("三 市町村", "bare-number", 1),
        ("三\u3000市町村", "bare-number", 1),
        ("五\u200d市町村", "bare-number", 1),
        ("ゼロ市町村", "bare-number", 1),
        ("計画は{{ plans.total }}{{ plans.total }}である", "adjacent-placeholders", 1),
        ("三自治体と七町", "bare-number", 1),
        ("本文\n\n{{ reference_date は", "unknown-placeholder", 3),
        ("{{ G01 unitある", "unknown-placeholder", 1),
        ("値 }} は", "unknown-placeholder", 1),
        ("{{ ranking }}", "unknown-placeholder", 1),
        ("{{ list }}", "unknown-placeholder", 1),
        ("{{ members plans.mean }}", "no-members", 1),
        ("{{ members measure_ranking }}", "no-members", 1),
        ("本文は**強い**", "unsupported-markdown", 1),
        ("<b>本文</b>", "unsupported-markdown", 1),
        ("[本文](http://example.invalid)", "unsupported-markdown", 1),
        ("`本文`", "unsupported-markdown", 1),
        ("本文\u202eです", "letter-not-seen", 1),
        ("本文\x07です", "letter-not-seen", 1),
    ],
)
def test_a_number_without_a_source_fails_with_its_line(
    finished_home: Home, second_survey: Survey, second_declarations: YearDeclarations, tmp_path: Path,
    text: str, reference: str, line: int,
) -> None:  # fmt: skip
    with pytest.raises(DeclarationError) as raised:
        compose(text, finished_home, second_survey, second_declarations, tmp_path)
    assert reference in str(raised.value)
    assert f"report.md:{line}" in str(raised.value)


@pytest.mark.parametrize(
    "text", ["一つ一つの課題", "一区切り", "三郷市と八潮市", "十分に", "各市町村", "市町の{{ plans.total }}件"]
)
def test_words_that_hold_a_numeral_and_are_none_pass(
    finished_home: Home, second_survey: Survey, second_declarations: YearDeclarations, tmp_path: Path, text: str
) -> None:
    assert compose(text, finished_home, second_survey, second_declarations, tmp_path)


def test_every_fault_is_reported_at_once(
    finished_home: Home, second_survey: Survey, second_declarations: YearDeclarations, tmp_path: Path
) -> None:
    with pytest.raises(DeclarationError) as raised:
        compose("5件\n\n{{ nothing }}", finished_home, second_survey, second_declarations, tmp_path)
    assert "bare-number" in str(raised.value)
    assert "unknown-placeholder" in str(raised.value)


@pytest.mark.parametrize("text", ["", "\n\n", "<!-- -->"])
def test_a_template_without_text_is_told_with_its_file(
    text: str, finished_home: Home, second_survey: Survey, second_declarations: YearDeclarations, tmp_path: Path
) -> None:
    with pytest.raises(DeclarationError, match=r"(missing-text|unsupported-markdown)(.|\n)*\.md:1"):
        compose(text, finished_home, second_survey, second_declarations, tmp_path)


def test_markup_in_answers_is_escaped_in_html() -> None:
    from pipeline.publish.document import Block, Document, Run, words
    from pipeline.publish.render_html import render_html

    html = render_html(Document(words("題"), (Block("paragraph", (Run("<script>alert('x')</script>"),)),)))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
