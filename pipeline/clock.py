"""The one clock. Everything that stamps a time takes a `Clock`, so that a run can be repeated at its own time."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

JAPAN = ZoneInfo("Asia/Tokyo")
Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the current time in Japan, to the second; `KYOGIKAI_NOW` (ISO 8601) stands in for it where set."""
    fixed = os.environ.get("KYOGIKAI_NOW")
    moment = datetime.fromisoformat(fixed) if fixed else datetime.now(JAPAN)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=JAPAN)
    return moment.astimezone(JAPAN).replace(microsecond=0)
