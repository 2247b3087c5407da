"""The sentences of a form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pipeline.publish.japanese import era_date, era_period
from schemas.questionnaire import Condition, Question, Questionnaire
from schemas.reference import Municipality


def condition_sentence(questionnaire: Questionnaire, conditions: Sequence[Condition]) -> str | None:
    """Who answers, as a sentence; None where everybody does."""
    parts = []
    for condition in conditions:
        question = questionnaire.questions[condition.question]
        labels = [f"「{o.label.ja}」" for o in question.options if o.code in condition.in_]
        parts.append(f"「{question.label.ja}」で{'、'.join(labels)}を選んだ場合")
    return "、かつ".join(parts) + "に回答してください。" if parts else None


def reference_sentence(questionnaire: Questionnaire, question: Question) -> str | None:
    """The date or period of a question where it is not the survey's own date."""
    if question.reference == "survey":
        return None
    if question.reference.startswith("period:"):
        name = question.reference.removeprefix("period:")
        return f"期間：{era_period(next(p for p in questionnaire.periods if p.id == name))}"
    return f"{era_date(date.fromisoformat(question.reference))}現在"


def cover_lines(questionnaire: Questionnaire, municipality: Municipality) -> list[str]:
    """The lines of the cover: whose form it is, when it is due, how to fill it in."""
    calendar = questionnaire.calendar
    return [
        f"{municipality.prefecture}{municipality.name}　御中　（団体コード {municipality.code}）",
        "",
        f"調査基準日：{era_date(questionnaire.reference_date)}　（別に日付や期間を示した設問はそれによります）",
        f"回答期限：{era_date(calendar.deadline)}",
        f"照会先：{questionnaire.sender}",
        "",
        "記入の方法",
        "１　白い欄だけに記入してください。それ以外の欄は保護されています。",
        "２　選択する設問は、該当する欄に○を入れるか、一覧から選んでください。",
        "３　複数回答の設問で該当がないときは「特になし」に○を入れてください。空欄は無回答となります。",
        "４　数は整数で、単位を付けずに記入してください。該当がないときは０と記入してください。",
        "５　協議会等は一覧から選んでください。一覧にないときは「台帳にない」を選び、名称を記入してください。",
        "６　行が足りないときは「続紙」に記入してください。行や列、シートの挿入・削除はしないでください。",
        "７　「前回の回答」は参考です。変わりがない場合も、今回の回答を記入してください。",
        "",
        "担当者の氏名・連絡先と自由記述は公表しません。",
    ]
