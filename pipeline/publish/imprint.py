"""Who publishes a document, and when: what stands at its end."""

from __future__ import annotations

from datetime import datetime

from pipeline.clock import JAPAN
from pipeline.japanese import era_date
from pipeline.publish.document import Words, constant, words
from schemas.survey import YearDeclarations


def imprint(declarations: YearDeclarations, released: datetime) -> Words:
    """The day of publication in Japan, by the era, and the office that asks and publishes."""
    day = era_date(released.astimezone(JAPAN).date())
    sender = constant(declarations.questionnaire.sender, "sender")
    return words(constant(day, "day of the release"), "公表　", sender)
