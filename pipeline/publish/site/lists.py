"""The pages that list others: figures, questions, municipalities, data, and all of them to be searched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.publish.open_data import Resource
from pipeline.publish.site.book import SiteBook
from pipeline.publish.site.definitions import shown_value
from pipeline.publish.site.editions import SiteEdition
from pipeline.publish.site.frame import Link, ListPart
from pipeline.publish.site.question_pages import pages_of_questions
from pipeline.publish.wording import POLICY_WORDS, reference_words

TYPES = {
    "single": "一つを選ぶ", "multiple": "複数を選ぶ", "matrix": "表で選ぶ", "count": "数", "date": "年月日", "text": "文章",
    "register": "名簿から選ぶ",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A page in the search: its text, what kind of page it is, and words by which it is found besides."""

    href: str
    text: str
    kind: str
    words: str


def figure_parts(book: SiteBook) -> list[ListPart]:
    """Every figure, section by section."""
    questionnaire = book.declarations.questionnaire
    header = ("番号", "設問", "数値", "値", "基準日又は期間", "記号")
    parts = [
        ListPart(
            f"{section.number}　{section.label.ja}", header,
            [
                (
                    figure["published_id"], figure["question_ja"], figure["label_ja"],
                    Link(f"figures/{name}.html", shown_value(figure), name),
                    reference_words(figure["reference"], questionnaire), figure["marks"],
                )
                for name, figure in book.figures.items() if figure["section_id"] == section.id
            ],
        )
        for section in questionnaire.sections
    ]  # fmt: skip
    return [part for part in parts if part.rows]


def question_parts(edition: SiteEdition) -> list[ListPart]:
    """Every question, section by section; those that have a page lead to it."""
    pages = pages_of_questions(edition)
    parts = []
    for section in edition.questionnaire.sections:
        rows = [
            (
                Link(f"questions/{question.id}.html", question.label.ja) if question.id in pages else question.label.ja,
                question.label.en, TYPES[question.type], block.label.ja, POLICY_WORDS[question.disclosure],
            )
            for block in section.blocks
            for question in block.questions
        ]  # fmt: skip
        parts.append(
            ListPart(
                f"{section.number}　{section.label.ja}", ("設問", "英語", "答え方", "まとまり", "公表の方針"), rows
            )
        )
    return parts


def municipality_parts(book: SiteBook) -> list[ListPart]:
    """Every municipality that is surveyed, and whether it answered."""
    rows = [
        (
            m.code,
            Link(f"municipalities/{m.code}.html", m.name),
            m.kana,
            "回答あり" if m.code in book.returns else "未提出",
        )
        for m in book.declarations.municipalities
    ]
    return [ListPart("", ("団体コード", "市町村", "読み", "回答"), rows)]


def data_place(edition: SiteEdition, name: str) -> str:
    """Where a published file lies, from the site's folder."""
    return f"{'../../public' if edition.is_internal else '..'}/{name}"


def data_parts(edition: SiteEdition, resources: Sequence[Resource], *, has_errata: bool) -> list[ListPart]:
    """The files to be taken away, and what every column of every table means."""
    errata = (
        ("errata.pdf", "正誤表（印刷用、PDF）"), ("errata.docx", "正誤表（編集できる文書）"), ("errata.html", "正誤表（一枚のページ）"),
        ("errata.txt", "正誤表（文字だけ）"),
    )  # fmt: skip
    files = [
        (Link(data_place(edition, name), name), told)
        for name, told in (
            *(errata if has_errata else ()),
            ("report.pdf", "報告書（印刷用、PDF）"), ("report.docx", "報告書（編集できる文書）"), ("report.html", "報告書（一枚のページ）"),
            ("report.txt", "報告書（文字だけ）"),
            ("tables_for_reading.xlsx", "閲覧用の表"), ("tables_for_machines.xlsx", "機械で読むための表"),
            ("datapackage.json", "表と項目の定義（Data Package）"),
            ("csv-metadata.json", "CSVの項目、型、主キー等の定義（CSV on the Web）"), ("README.txt", "使い方"),
            (f"kyogikai_{edition.questionnaire.year}.duckdb", "すべての表（DuckDB）"),
        )
    ]  # fmt: skip
    tables = [
        (resource.title, Link(data_place(edition, f"{resource.name}.csv"), "CSV"),
         Link(data_place(edition, f"{resource.name}.parquet"), "Parquet"),
         resource.table.height, resource.description)
        for resource in resources
    ]  # fmt: skip
    columns = [
        ListPart(
            f"{resource.title}（{resource.name}）の項目", ("項目", "見出し", "単位", "説明"),
            [
                (name, field.title, field.unit, field.description)
                for name, field in ((name, resource.fields.get(name)) for name in resource.table.columns) if field
            ],
        )
        for resource in resources
    ]  # fmt: skip
    return [
        ListPart("ファイル", ("ファイル", "内容"), files),
        ListPart("表", ("表", "CSV", "Parquet", "行の数", "内容"), tables),
        *columns,
    ]


def policy_part(edition: SiteEdition, resources: Sequence[Resource]) -> ListPart:
    """What is declared about who may see which answers, question by question; and the tables that are public."""
    rows = [
        (question.label.ja, question.id, POLICY_WORDS[question.disclosure])
        for question in edition.questionnaire.questions.values()
    ]
    tables = "、".join(resource.name for resource in resources)
    note = f"市町村は公の団体であり、個人ではない。市町村別の回答を公表するかどうかは、設問ごとに定めている。公表する表：{tables}"
    return ListPart("設問ごとの公表の方針", ("設問", "識別子", "方針"), rows, note)


def search_entries(book: SiteBook, edition: SiteEdition) -> list[Entry]:
    """Every page that can be searched for."""
    return [*_figures(book), *_questions(edition), *_municipalities(book), *_entities(book, edition)]


def _figures(book: SiteBook) -> Iterator[Entry]:
    sections = {section.id: section.label.ja for section in book.declarations.questionnaire.sections}
    for name, figure in book.figures.items():
        asked = f"{figure['question_ja']}：" if book.declarations.figures[name].is_of_options else ""
        section = sections[figure["section_id"]]
        words = " ".join(
            filter(None, (name, figure["published_id"], figure["label_en"], section, figure["question_ja"]))
        )
        yield Entry(f"figures/{name}.html", f"{asked}{figure['label_ja']}　{shown_value(figure)}", "数値", words)


def _questions(edition: SiteEdition) -> Iterator[Entry]:
    pages, questionnaire = pages_of_questions(edition), edition.questionnaire
    for question in questionnaire.questions.values():
        if question.id in pages:
            options = " ".join(option.label.ja for option in question.choices)
            section = questionnaire.section_of[questionnaire.block_of[question.id].id].label.ja
            words = " ".join(filter(None, (question.id, question.label.en, options, section)))
            yield Entry(f"questions/{question.id}.html", question.label.ja, "設問", words)


def _municipalities(book: SiteBook) -> Iterator[Entry]:
    for m in book.declarations.municipalities:
        yield Entry(f"municipalities/{m.code}.html", m.name, "市町村", f"{m.code} {m.kana}")


def _entities(book: SiteBook, edition: SiteEdition) -> Iterator[Entry]:
    """Whatever is registered and answers may name, as a council, by the page of the municipality that answers for it."""
    questionnaire, reference = book.declarations.questionnaire, book.declarations.reference
    on = questionnaire.reference_date
    names = {m.code: m.name for m in book.declarations.municipalities}
    asked = [q for q in questionnaire.questions.values() if q.register_kind]
    labels = {question.register_kind: question.label.ja for question in asked}
    labels |= {grain.register_kind: grain.label.ja for grain in questionnaire.grains if grain.register_kind}
    kinds = {question.register_kind for question in asked if edition.shows_answers([question.id])}
    for entity in reference.register:
        if entity.entity_kind in kinds and entity.is_valid(on) and entity.secretariat_code in names:
            members = [names[m.code] for m in reference.members(entity.entity_id, on) if m.code in names]
            where = "事務局：" if entity.kind == "joint" else ""
            text = f"{entity.name}（{where}{names[entity.secretariat_code]}）"
            words = " ".join((entity.entity_id, *members))
            yield Entry(f"municipalities/{entity.secretariat_code}.html", text, labels[entity.entity_kind], words)
