"""What a doubt follows from: a question whose routing answer has a finding of its own cannot be verified before that."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from pipeline.validate.judged import Judgements, finding_id
from schemas.questionnaire import Questionnaire


def follow_routing(judgements: Judgements, questionnaire: Questionnaire) -> None:
    """Let doubts that cannot be verified follow from the failed findings about the answers that decide who is asked."""
    failed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for doubt in judgements.doubts:
        if doubt.verdict == "fail" and doubt.severity == "error" and doubt.municipality_code and doubt.question_id:
            found = finding_id(doubt.rule_id, doubt.municipality_code, doubt.subject)
            failed[doubt.municipality_code, doubt.question_id].append(found)
    judgements.doubts = [
        replace(doubt, follows_from=causes)
        if doubt.verdict == "unverifiable"
        and not doubt.follows_from
        and (causes := [
            cause
            for question_id in _deciding(questionnaire, doubt.question_id)
            for cause in failed.get((str(doubt.municipality_code), question_id), ())
        ])
        else doubt
        for doubt in judgements.doubts
    ]  # fmt: skip


def _deciding(questionnaire: Questionnaire, question_id: str | None) -> list[str]:
    """The questions whose answers decide whether a question is asked, those that decide about these included."""
    found: dict[str, None] = {}
    open_questions = [question_id] if question_id else []
    while open_questions:
        question = questionnaire.questions[open_questions.pop()]
        conditions = (*questionnaire.block_of[question.id].asked_if, *question.asked_if)
        new = [condition.question for condition in conditions if condition.question not in found]
        found.update(dict.fromkeys(new))
        open_questions += new
    return list(found)
