"""Wide marts: the answers of a section as dbt models with a column for each question, written from the questionnaires.

They are the survey's own, in `dbt_project/models/sections/wide`: where a questionnaire changes, they are written again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from schemas.labels import Disclosure, Label
from schemas.questionnaire import Option, Question, Section, block_questions
from schemas.survey import Survey

FOLDER = "wide"
MUNICIPALITY = "municipality"
_TEMPLATE = re.compile(r"\{[{%#]")
COLUMN_OF = {
    "single": "value_code",
    "count": "value_number",
    "date": "value_date",
    "text": "value_text",
    "register": "value_code",
}
TYPE_OF = {"value_code": "varchar", "value_number": "bigint", "value_date": "date", "value_text": "varchar"}
LONGEST_LINE = 120
NOTICE = "Written from schemas/questionnaires by `kyogikai questionnaire marts`; do not edit."


@dataclass(frozen=True)
class _Column:
    """A column of a wide mart: an answer, or with an option whether it is chosen."""

    question: Question
    option: Option | None = None

    @property
    def name(self) -> str:
        if self.option is None:
            return self.question.id
        return "__".join((self.question.id, *self.option.code.split(".")))

    @property
    def sql(self) -> str:
        if self.option is None:
            value = f"{{{{ answer('{self.question.id}', '{COLUMN_OF[self.question.type]}') }}}}"
        else:
            value = f"{{{{ chosen('{self.question.id}', '{self.option.code}') }}}}"
        line = f"{value} as {self.name}"
        return line if len(line) <= LONGEST_LINE - 5 else f"{value}\n        as {self.name}"

    @property
    def data_type(self) -> str:
        return "boolean" if self.option else TYPE_OF[COLUMN_OF[self.question.type]]


@dataclass(frozen=True)
class _Mart:
    """A wide mart of the rows of one grain in one section."""

    section: Section
    grain: str
    grain_label: Label
    blocks: tuple[str, ...]
    columns: tuple[_Column, ...]

    @property
    def name(self) -> str:
        return f"mart_wide_{self.section.id}" if self.grain == MUNICIPALITY else f"mart_rows_{self.grain}"


def wide_marts(survey: Survey) -> dict[str, str]:
    """The files of all wide marts by name, one of SQL for each and one that describes them.

    A mart has the columns of all declared years: what a year did not ask is null there. Sections of which nothing may be
    published nor counted, as who filled the form in, have none. Raises DeclarationError for a year that cannot be loaded.
    """
    marts = list(_marts(survey))
    files = {f"{mart.name}.sql": _sql(mart) for mart in marts}
    if marts:
        models = {"version": 2, "models": [_described(mart) for mart in marts]}
        text = yaml.safe_dump(models, allow_unicode=True, sort_keys=False, width=1000)
        files["_wide.yml"] = f"# {NOTICE}\n{text}"
    return files


def write_wide_marts(survey: Survey) -> list[Path]:
    """Bring the files of the wide marts up to date; returns those that were written or removed."""
    folder = survey.section_models / FOLDER
    changed = stale_wide_marts(survey)
    files = wide_marts(survey)
    for path in changed:
        if path.name in files:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path.name], encoding="utf-8")
        else:
            path.unlink()
    return changed


def stale_wide_marts(survey: Survey) -> list[Path]:
    """Files of wide marts that are missing, say something else than the questionnaires, or belong to none any more."""
    folder = survey.section_models / FOLDER
    files = wide_marts(survey)
    there = {path.name for path in folder.glob("*") if path.is_file()}
    return [
        folder / name
        for name in sorted(there | set(files))
        if name not in there or name not in files or (folder / name).read_text(encoding="utf-8") != files[name]
    ]


def _marts(survey: Survey) -> Iterator[_Mart]:
    questionnaires = [survey.load_year(year).questionnaire for year in sorted(survey.years, reverse=True)]
    sections: dict[str, Section] = {}
    rows: dict[tuple[str, str], dict[str, list[Question]]] = {}
    labels: dict[str, Label] = {}
    for questionnaire in questionnaires:
        labels = {grain.id: grain.label for grain in questionnaire.grains} | labels
        for section in questionnaire.sections:
            sections.setdefault(section.id, section)
            for block in section.blocks:
                own = rows.setdefault((section.id, block.grain), {}).setdefault(block.id, [])
                own += block_questions(block)
    for (section_id, grain), blocks in rows.items():
        questions = [question for own in blocks.values() for question in own]
        if any(question.disclosure != "internal" for question in questions):
            columns = tuple(_columns(questions))
            yield _Mart(sections[section_id], grain, labels[grain], tuple(blocks), columns)


def _columns(questions: Iterable[Question]) -> Iterator[_Column]:
    """The columns of questions of several years, the newest first; what an older year alone has comes behind its question."""
    by_id: dict[str, list[Question]] = {}
    for question in questions:
        by_id.setdefault(question.id, []).append(question)
    for own in by_id.values():
        newest = own[0]
        if not newest.is_multiple:
            yield _Column(newest)
            continue
        options = {option.code: option for question in reversed(own) for option in question.choices}
        ordered = dict.fromkeys(option.code for question in own for option in question.choices)
        yield from (_Column(newest, options[code]) for code in ordered)


def _sql(mart: _Mart) -> str:
    is_table = mart.grain != MUNICIPALITY
    quoted = ", ".join(f"'{block}'" for block in mart.blocks)
    subject = f"row of {mart.grain} on a form" if is_table else "municipality"
    keys = [
        "municipalities.year",
        "municipalities.municipality_code",
        "municipalities.name",
        "municipalities.kind",
        "municipalities.area",
    ]
    rows = ["answers.row_no", "answers.entity_id", "entities.is_counted"] if is_table else []
    lines = [
        "-- noqa: disable=RF04", f"-- {NOTICE}",
        f"-- {mart.section.number} {mart.section.id}: one row for each {subject} and year.",
        "with municipalities as (", "    select * from {{ ref('stg_municipalities') }}", "),", "",
        "answers as (", f"    select * from {{{{ ref('stg_answers') }}}} where block_id in ({quoted})", ")",
    ]  # fmt: skip
    if is_table:
        lines[-1] = "),"
        lines += [
            "", "entities as (", "    select", "        year,", "        municipality_code,", "        answer_entity_id,",
            "        row_no,", "        true as is_counted", "    from {{ ref('int_entities') }}", f"    where grain = '{mart.grain}'", ")",
        ]  # fmt: skip
    selected = [
        *keys,
        *(
            ["answers.row_no", "answers.entity_id", "coalesce(entities.is_counted, false) as is_counted"]
            if is_table
            else []
        ),
    ]
    selected += [column.sql for column in mart.columns]
    lines += ["", "select", ",\n".join(f"    {line}" for line in selected), "from municipalities"]
    lines += [
        f"{'inner' if is_table else 'left'} join answers",
        "    on municipalities.year = answers.year and municipalities.municipality_code = answers.municipality_code",
    ]
    if is_table:
        lines += [
            "left join entities", "    on", "        answers.year = entities.year",
            "        and answers.municipality_code = entities.municipality_code",
            "        and answers.entity_id = entities.answer_entity_id", "        and answers.row_no = entities.row_no",
        ]  # fmt: skip
    lines += ["group by", ",\n".join(f"    {line}" for line in [*keys, *rows])]
    return "\n".join(lines) + "\n"


def _described(mart: _Mart) -> dict[str, Any]:
    is_table = mart.grain != MUNICIPALITY
    levels = {column.question.disclosure for column in mart.columns}
    disclosure: Disclosure = "public" if "public" in levels else "aggregate"
    title = f"{mart.section.label.ja}（{mart.grain_label.ja}別、横持ち）"
    row = (
        f"1行が調査票の表の1行（{mart.grain_label.ja}）。共同のものは記入した市町村ごとに1行"
        if is_table
        else "1行が1つの市町村"
    )
    grain = (
        f"Grain: one row for each row of the form about a {mart.grain} and year, as each municipality filled it in."
        if is_table
        else f"Grain: one row for each surveyed municipality and year, with its answers of section {mart.section.id}."
    )
    key = ["year", "municipality_code", *(["row_no"] if is_table else [])]
    return {
        "name": mart.name,
        "description": _literal(f"{row.replace('。', '、')} | {grain}"),
        "config": {
            "materialized": "view", "contract": {"enforced": True},
            "meta": {"disclosure": disclosure, "title_ja": _literal(title), "description_ja": _literal(row)},
        },
        "data_tests": [{"primary_key": {"arguments": {"columns": key}}}],
        "columns": [*_shared_columns(is_table=is_table), *(_described_column(column) for column in mart.columns)],
    }  # fmt: skip


def _shared_columns(*, is_table: bool) -> list[dict[str, Any]]:
    shared: list[tuple[str, str, str, dict[str, str]]] = [
        ("year", "integer", "調査年 | Survey year.", {}),
        ("municipality_code", "varchar", "市町村コード | Six-digit code of the municipality that answers.", {}),
        ("name", "varchar", "市町村名 | Name of the municipality, in Japanese.", {}),
        ("kind", "varchar", "市町村の種類。市、特別区、町又は村 | 市, 特別区, 町 or 村.", {}),
        (
            "area",
            "varchar",
            "圏域。空欄は圏域が分からないもの | 圏域 of the municipality; null where it is not known.",
            {},
        ),
    ]
    if is_table:
        shared += [
            ("row_no", "integer", "調査票の表の行 | Row of the block's table on the form, from 1.", {"title_ja": "調査票の表の行"}),
            ("entity_id", "varchar",
             "行の対象の識別子 | What the row is about: id in the register; block, code and row where there is none.",
             {"title_ja": "行の対象の識別子", "description_ja": "登録簿の識別子。登録のないものは、設問の表、市町村コード、行による"}),
            ("is_counted", "boolean", "数値に数える行か | Whether figures count this row; of a joint entity only its secretariat's.",
             {"title_ja": "数値に数える行か", "description_ja": "共同のものは、事務局の市町村の行だけがtrue"}),
        ]  # fmt: skip
    return [_column(*column) for column in shared]


def _described_column(column: _Column) -> dict[str, Any]:
    question, option = column.question, column.option
    title = question.label.ja if option is None else f"{question.label.ja}：{option.label.ja}"
    if option is None:
        codes = "、".join(f"{choice.code}＝{choice.label.ja}" for choice in question.choices)
        said = f"Answer to question {question.id}; null where there is none."
    else:
        codes = "空欄は無回答等"
        said = f"Whether option {option.code} of question {question.id} is chosen; null where the question is not answered."
    meta = {"question": question.id, "title_ja": title}
    if codes:
        meta["description_ja"] = codes
    if option is None and question.unit:
        meta["unit"] = question.unit
    return _column(column.name, column.data_type, f"{title} | {said}", meta)


def _column(name: str, data_type: str, description: str, meta: dict[str, str]) -> dict[str, Any]:
    config = {"config": {"meta": {key: _literal(text) for key, text in meta.items()}}} if meta else {}
    return {"name": name, "data_type": data_type, "description": _literal(description), **config}


def _literal(text: str) -> str:
    """A text that dbt, which takes braces for a template, gives as it is."""
    return text.replace("{", "{{ '{' }}") if _TEMPLATE.search(text) else text


def told(paths: Sequence[Path], root: Path) -> list[str]:
    """The paths as they are named to people, from the survey's root where they lie there."""
    return [path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path) for path in paths]
