"""The sentences of a form. Numbers in running text are full-width, as the questionnaires write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.japanese import FULL_WIDTH, KANA, WEEKDAYS, era_date, era_year
from schemas.form_layout import CONTINUATION_SHEET, NOT_LISTED_TEXT, FormLayout
from schemas.questionnaire import NOT_LISTED, Block, Condition, Question, Questionnaire, Section
from schemas.reference import Municipality

SYNTHETIC_NOTICE = "デモ用の架空の回答です。実際の市町村の状況を示すものではありません。"
SUBTITLE_CELL = "A2"
"""Where every sheet but the cover says whose it is."""


@dataclass(frozen=True)
class Numbers:
    """The number under which the form asks: of a question outside tables, and of a table as a whole."""

    questions: dict[str, str]
    tables: dict[str, str]


def number_questions(questionnaire: Questionnaire) -> Numbers:
    """Count the questions through the whole form, as 問１; a table counts as one."""
    numbers, count = Numbers({}, {}), 0
    for block in questionnaire.blocks:
        for asked in [block] if block.is_table else block.questions:
            count += 1
            target = numbers.questions if isinstance(asked, Question) else numbers.tables
            target[asked.id] = f"問{count}".translate(FULL_WIDTH)
    return numbers


def full_date(day: date) -> str:
    """A day as 令和６年９月３０日."""
    return era_date(day).translate(FULL_WIDTH)


def fiscal_year(year: int) -> str:
    """A year as 令和６年度."""
    return f"{era_year(year)}度".translate(FULL_WIDTH)


def page_foot(questionnaire: Questionnaire, municipality: Municipality) -> str:
    """The foot of every printed page, with Excel's codes: whose form it is, and the page among how many."""
    words = f"{municipality.name}　{questionnaire.title.ja}".replace("&", "&&")
    return f"&L&9 {words}&R&9&P／&N"


def example_day(questionnaire: Questionnaire) -> str:
    """How to write a day: in the era, or with slashes."""
    year = questionnaire.year + 1
    return f"{full_date(date(year, 4, 1))}又は {year}/4/1"


def condition_sentence(
    questionnaire: Questionnaire, numbers: Numbers, conditions: Sequence[Condition], *, is_heading: bool = False
) -> str | None:
    """Who answers; None where everybody does. In a heading 「…と答えた場合」, otherwise a sentence."""
    parts = []
    for condition in conditions:
        question = questionnaire.questions[condition.question]
        labels = "".join(f"「{o.label.ja}」" for o in question.options if o.code in condition.in_)
        parts.append(f"{numbers.questions.get(question.id) or f'「{question.label.ja}」'}で{labels}")
    if not parts:
        return None
    clause = "、かつ".join(parts) + "と答えた場合"
    return clause if is_heading else f"{clause}に回答してください。"


def reference_phrase(questionnaire: Questionnaire, reference: str) -> str | None:
    """What a `reference` means where it is not the survey's own date: a day 現在, or a period."""
    if reference == "survey":
        return None
    if reference.startswith("period:"):
        name = reference.removeprefix("period:")
        return next(period.label.ja for period in questionnaire.periods if period.id == name)
    return f"{full_date(date.fromisoformat(reference))}現在"


def common_reference(block: Block) -> str | None:
    """The reference that all questions of a block share, None where they differ."""
    references = {question.reference for question in block.questions}
    return references.pop() if len(references) == 1 else None


def section_subtitle(questionnaire: Questionnaire, sections: Iterable[Section]) -> str:
    """The survey's reference date, and the periods that the sections' questions refer to."""
    asked = {question.reference for section in sections for block in section.blocks for question in block.questions}
    periods = [period.label.ja for period in questionnaire.periods if f"period:{period.id}" in asked]
    parts = [f"調査基準日：{full_date(questionnaire.reference_date)}"]
    parts += [f"対象期間：{'、'.join(periods)}（期間を示した設問）"] if periods else []
    return "　／　".join(parts)


def tick_instruction(question: Question) -> str:
    """How many ticks a question takes."""
    if question.type == "matrix":
        return "項目ごとに○は一つまで"
    return "○はいくつでも" if question.is_multiple else "○は一つ"


def option_letter(index: int) -> str:
    """The letter by which a table's heading and last year's answers name an option: ア for the first."""
    return KANA[index] if index < len(KANA) else f"（{index + 1}）".translate(FULL_WIDTH)


def text_label(question: Question) -> str:
    """What the free text that belongs to a question asks for."""
    if question.type == "register":
        return f"{NOT_LISTED_TEXT}場合の名称"
    other = next(option.label.ja for option in question.options if option.is_other)
    return f"「{other}」の内容"


def previous_header(questionnaire: Questionnaire) -> str:
    """The heading over last year's answers."""
    return f"前回（{fiscal_year(questionnaire.year - 1)}）の回答"


def previous_text(question: Question, text: str) -> str:
    """Last year's answer as the form prints it: a day in the era, a count with its unit."""
    if question.type == "count":
        return f"{text.translate(FULL_WIDTH)}{question.unit or ''}"
    if question.type == "register" and text == NOT_LISTED:
        return NOT_LISTED_TEXT
    if question.type == "date":
        try:
            return full_date(date.fromisoformat(text))
        except ValueError:
            return text
    return text


def cover_facts(questionnaire: Questionnaire) -> list[tuple[str, str]]:
    """What the cover states about the survey."""
    deadline = questionnaire.calendar.deadline
    periods = [
        f"{period.label.ja}（{full_date(period.start)}から{full_date(period.end)}まで）"
        for period in questionnaire.periods
    ]
    facts = [("調査基準日", f"{full_date(questionnaire.reference_date)}（日付や期間を示した設問は、それによります。）")]
    facts += [("対象期間", "\n".join(periods))] if periods else []
    return [
        *facts,
        ("回答期限", f"{full_date(deadline)}（{WEEKDAYS[deadline.weekday()]}）"),
        ("提出・照会先", questionnaire.sender),
        ("調査票の版", questionnaire.version),
    ]


def cover_instructions(questionnaire: Questionnaire, layout: FormLayout, *, has_previous: bool) -> list[str]:
    """How to fill in the form; only what this form needs."""
    questions = list(questionnaire.questions.values())
    types = {question.type for question in questions}
    nothing = next((o.label.ja for q in questions for o in q.options if o.is_none), None)
    lines = [
        "白い欄だけに記入してください。灰色の欄は保護されており、記入できません。",
        "○を付ける設問は当てはまる欄で○を選び、▼の出る欄は一覧から選んでください。",
    ]
    if nothing:
        lines.append(
            f"いくつでも選べる設問で当てはまるものがないときは「{nothing}」に○を付けてください。"
            "○が一つもない設問は、無回答として扱います。"
        )
    if "count" in types:
        lines.append("数を記入する欄には、単位を付けずに数字だけを記入し、ないときは０と記入してください。")
    if "date" in types:
        lines.append(f"日付は、{example_day(questionnaire)} のように記入してください。")
    if "register" in types:
        lines.append(
            "名称を選ぶ欄の〔 〕内は整理用の記号です。一覧にないときは"
            f"「{NOT_LISTED_TEXT}」を選び、「{NOT_LISTED_TEXT}場合の名称」の欄に名称を記入してください。"
        )
    if any(question.asked_if for question in questions) or any(block.asked_if for block in questionnaire.blocks):
        lines.append("「…と答えた場合」とある設問は、当てはまらないときは空欄のままにしてください。")
    if layout.continuations:
        lines.append(f"表の行が足りないときは、シート「{CONTINUATION_SHEET}」に続けて記入してください。")
    if has_previous:
        header = previous_header(questionnaire)
        lines.append(f"「{header}」は参考です。変わりがないときも、今回の回答を記入してください。")
    lines.append(
        "行・列・シートの挿入、削除、移動、コピーや、シート名の変更はしないでください。"
        "提出の際は、ファイルの形式（.xlsx）を変えないでください。"
    )
    if types & {"text"} and all(q.disclosure == "internal" for q in questions if q.type == "text"):
        lines.append("文章で記入された内容は、担当者の氏名と連絡先を含め、公表しません。")
    return lines
