"""Every text that is about to be public, with the place it stands in: of marts, of the report, and of what is declared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import docx
import duckdb
import polars as pl
from docx.oxml.ns import qn

from pipeline.warehouse.disclosure import Mart, public_columns, public_rows
from schemas.survey import Survey, YearDeclarations
from schemas.yaml_source import find_year_file


@dataclass(frozen=True)
class PublicText:
    """A text that is about to be published: the table's column or the file, and whose answer it is, where that is told."""

    place: str
    text: str
    municipality_code: str | None = None


def public_texts(
    connection: duckdb.DuckDBPyConnection, mart: Mart, declarations: YearDeclarations
) -> Iterator[PublicText]:
    """Every different text of a mart's public part."""
    rows = connection.execute(f'select * from "{mart.name}" where year = ?', [declarations.year]).pl()
    allowed = public_columns(mart, rows.columns, declarations.questionnaire)
    part = public_rows(rows, declarations.questionnaire)
    code = next((name for name in ("municipality_code", "secretariat_code") if name in allowed), None)
    for column in (name for name in allowed if part.schema[name] == pl.String and name != code):
        told = part.select(text=column, code=pl.col(code) if code else pl.lit(None, pl.String)).unique()
        for text, who in told.filter(pl.col("text").is_not_null()).sort("text", "code").iter_rows():
            yield PublicText(f"{mart.name}.{column}", text, who)


def report_texts(survey: Survey, declarations: YearDeclarations) -> Iterator[PublicText]:
    """The lines of the report's template and of the official's prose."""
    paths = [find_year_file(survey.report_folder, declarations.year, ".md")]
    paths += sorted(survey.prose_folder(declarations.year).glob("*.md"))
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if line.strip():
                yield PublicText(f"{path.relative_to(survey.root).as_posix()}:{number}", line)


def declared_texts(declarations: YearDeclarations) -> Iterator[PublicText]:
    """What is declared and printed: titles, names and labels in both languages, and the decision on small sets."""
    questionnaire, policy = declarations.questionnaire, declarations.questionnaire.disclosure_policy
    yield PublicText("title", questionnaire.title.ja)
    yield PublicText("sender", questionnaire.sender)
    if policy:
        yield PublicText("disclosure_policy", f"{policy.decided_by}　{policy.reason}")
    labelled = [(section.id, section.label) for section in questionnaire.sections]
    labelled += [(block.id, block.label) for block in questionnaire.blocks]
    labelled += [(period.id, period.label) for period in questionnaire.periods]
    labelled += [(q.id, q.label) for q in questionnaire.questions.values()]
    labelled += [
        (f"{q.id}.{option.code}", option.label) for q in questionnaire.questions.values() for option in q.choices
    ]
    labelled += [(figure.id, figure.label) for figure in declarations.figures.values()]
    labelled += [(unit.id, unit.label) for unit in declarations.units.values()]
    for place, label in labelled:
        for text in filter(None, (label.ja, label.en)):
            yield PublicText(f"label of {place}", text)
    for entity in declarations.reference.register:
        yield PublicText(f"register.csv {entity.entity_id}", entity.name)


def template_texts(survey: Survey, declarations: YearDeclarations) -> Iterator[PublicText]:
    """The paragraphs in headers and footers of the year's .docx template, which `open_run` found usable; none without one.

    Those of first and even pages too, whether or not they are shown.
    """
    path = survey.docx_template(declarations.year)
    if path is None:
        return
    name = path.relative_to(survey.root).as_posix()
    for relation in docx.Document(str(path)).part.rels.values():
        kind = relation.reltype.rpartition("/")[2]
        if kind in ("header", "footer"):
            for paragraph in relation.target_part.element.iter(qn("w:p")):
                if text := "".join(part.text or "" for part in paragraph.iter(qn("w:t"))):
                    yield PublicText(f"{name} {kind}", text)
