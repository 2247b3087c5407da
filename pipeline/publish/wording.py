"""Words that several outputs of a release say alike."""

from __future__ import annotations

from datetime import date

from pipeline.japanese import HALF_WIDTH, era_date
from schemas.questionnaire import Questionnaire

ROUNDING_WORDS = {"half_up": "四捨五入", "half_even": "偶数への丸め", "down": "切捨て"}


def reference_words(reference: str, questionnaire: Questionnaire) -> str:
    """A day, or a period by its name, as a reader writes it; `reference` is YYYY-MM-DD, or two of them with / between."""
    periods = {f"{period.start}/{period.end}": period.label.ja for period in questionnaire.periods}
    told = periods.get(reference) or "～".join(era_date(date.fromisoformat(day)) for day in reference.split("/"))
    return told.translate(HALF_WIDTH)
