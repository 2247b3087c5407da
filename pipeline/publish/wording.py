"""Words that several outputs of a release say alike."""

from __future__ import annotations

from datetime import date

from pipeline.japanese import HALF_WIDTH, era_date
from schemas.labels import Disclosure
from schemas.questionnaire import Questionnaire

ROUNDING_WORDS = {"half_up": "四捨五入", "half_even": "偶数への丸め", "down": "切捨て"}

POLICY_WORDS: dict[Disclosure, str] = {
    "public": "市町村別に公表する", "aggregate": "集計した値だけを公表する", "internal": "公表しない",
}  # fmt: skip
SMALL_SETS = {
    "show": "数えた市町村の種類を単位の語（市町など）で示す。村など一つしかない種類では、その市町村の回答が分かる",
    "withhold": "集計した値だけを公表する設問では、数えた市町村の種類を単位の語で示さない",
}


def reference_words(reference: str, questionnaire: Questionnaire) -> str:
    """A day, or a period by its name, as a reader writes it; `reference` is YYYY-MM-DD, or two of them with / between."""
    periods = {f"{period.start}/{period.end}": period.label.ja for period in questionnaire.periods}
    told = periods.get(reference) or "～".join(era_date(date.fromisoformat(day)) for day in reference.split("/"))
    return told.translate(HALF_WIDTH)
