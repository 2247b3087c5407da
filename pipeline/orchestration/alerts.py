"""What a team has to be told, and when: pure decisions about a year, and the texts of the messages.

An alert has a key. As long as what it tells of stays so, it is sent once; what is no longer so may be told again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from schemas.questionnaire import Calendar

Kind = Literal["run-failed", "gate-refused", "data-late", "data-stale", "cannot-verify"]
FRESH = timedelta(days=7)
"""While returns are collected and processed, a year is to be run at least as often."""
SHOWN_NAMES = 10


@dataclass(frozen=True)
class Alert:
    """One thing to tell. `kind` and `key` are stable words; title and message are for officials."""

    kind: Kind
    key: str
    year: int | None
    title: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def document(self, at: datetime) -> dict[str, Any]:
        """What the hook receives, JSON-ready."""
        return {**asdict(self), "details": dict(self.details), "at": at.isoformat()}


@dataclass(frozen=True)
class FailedRun:
    """A run of Dagster that failed, however it did; `error` is what its log says, where it came to say it."""

    run_id: str
    job: str
    year: int | None
    error: str | None


@dataclass(frozen=True)
class YearState:
    """How a year stands, as far as alerts go by it. `blocking` are the findings that block a release by themselves.

    `succeeded_at` is when the year's last run that came to its end began; `missing` are the names of the municipalities
    whose return has not come and is not waived; `blocking` leaves their absence out.
    """

    year: int
    calendar: Calendar
    missing: tuple[str, ...]
    has_receipts: bool
    is_released: bool
    verdict: str | None
    blocking: tuple[str, ...]
    succeeded_at: datetime | None


def alerts_of(state: YearState, now: datetime) -> list[Alert]:
    """What is to be told of a year at a moment; nothing of a year that is released, or is over and was never taken up."""
    today = now.date()
    is_over = today > state.calendar.release_candidate
    if state.is_released or today < state.calendar.forms_out or (is_over and not state.has_receipts):
        return []
    return [*_gate_refused(state, today), *_late(state, today), *_stale(state, now)]


def _gate_refused(state: YearState, today: date) -> list[Alert]:
    """Until the deadline has passed, a return that has not come yet is no reason to tell that the gate refuses."""
    missing = state.missing if today > state.calendar.deadline else ()
    if state.verdict != "refused" or not (state.blocking or missing):
        return []
    count = len(state.blocking)
    absent = f"、未回答が{len(missing)}団体" if missing else ""
    return [Alert(
        "gate-refused", f"gate-refused/{state.year}/{_digest([*state.blocking, *missing])}", state.year,
        f"{state.year}年度の公表前の検査で、公表できないと判定されました",
        f"公表を妨げる指摘が{count}件{absent}あります。「kyogikai findings {state.year}」で内容を確認してください。",
        {"blocking_count": count, "missing_count": len(missing)},
    )]  # fmt: skip


def _late(state: YearState, today: date) -> list[Alert]:
    """A return that comes on the day of the deadline is in time."""
    deadline = state.calendar.deadline
    if not state.missing or today <= deadline:
        return []
    count = len(state.missing)
    names = "、".join(state.missing[:SHOWN_NAMES]) + (f"ほか{count - SHOWN_NAMES}団体" if count > SHOWN_NAMES else "")
    return [Alert(
        "data-late", f"data-late/{state.year}/{deadline.isoformat()}", state.year,
        f"{state.year}年度の調査で、期限までに{count}団体の回答が届いていません",
        f"提出期限（{_day(deadline)}）を過ぎました。未回答：{names}。「kyogikai remind {state.year}」で督促状を作成できます。",
        {"deadline": deadline.isoformat(), "missing_count": count, "missing": list(state.missing)},
    )]  # fmt: skip


def _stale(state: YearState, now: datetime) -> list[Alert]:
    """From the day the forms go out to that of the release candidate. A year whose last run is just as old as it may be is fresh."""
    opened = datetime.combine(state.calendar.forms_out, datetime.min.time(), tzinfo=now.tzinfo)
    since = max(opened, state.succeeded_at or opened)
    if now.date() > state.calendar.release_candidate or now - since <= FRESH:
        return []
    last = (
        f"最後に成功した処理は{_day(state.succeeded_at.date())}です。"
        if state.succeeded_at
        else "まだ一度も成功していません。"
    )
    return [Alert(
        "data-stale", f"data-stale/{state.year}/{since.isoformat()}", state.year,
        f"{state.year}年度の処理が{FRESH.days}日を超えて行われていません",
        f"回収期間中ですが、{last}受付フォルダーと実行の履歴を確認し、「kyogikai run {state.year}」を実行してください。",
        {"succeeded_at": state.succeeded_at.isoformat() if state.succeeded_at else None},
    )]  # fmt: skip


def run_failed(run: FailedRun) -> Alert:
    """A run that failed is told of once, by its id."""
    of_year = f"{run.year}年度の" if run.year else ""
    because = f"（{run.error}）" if run.error else ""
    return Alert(
        "run-failed", f"run-failed/{run.run_id}", run.year, f"{of_year}処理「{run.job}」が失敗しました{because}",
        "Dagsterの画面で実行の記録を開き、原因と対処を確認してください。公表済みの内容は変わっていません。",
        {"run_id": run.run_id, "job": run.job, "error": run.error},
    )  # fmt: skip


def cannot_verify(year: int, reference: str) -> Alert:
    """Nothing can be said of a year whose declarations or state cannot be read: that is no good news."""
    return Alert(
        "cannot-verify", f"cannot-verify/{year}/{reference}", year, f"{year}年度の期限と状態を確認できません（{reference}）",
        f"調査の定義か受付の記録を読み取れないため、督促や検査の要否を判断できません。「kyogikai status {year}」で原因を確認してください。",
        {"error": reference},
    )  # fmt: skip


@dataclass(frozen=True)
class Memory:
    """What the sensor remembers: since when it looks at runs, and which alerts were sent that still hold."""

    since: datetime
    sent: frozenset[str] = frozenset()

    def unsent(self, alerts: Sequence[Alert]) -> list[Alert]:
        """Those that nobody has been told of."""
        return [alert for alert in alerts if alert.key not in self.sent]

    def after(self, alerts: Sequence[Alert], delivered: Collection[str]) -> Memory:
        """What to remember now that these alerts hold and some of them were delivered."""
        return Memory(self.since, frozenset(a.key for a in alerts if a.key in self.sent or a.key in delivered))

    def written(self) -> str:
        """As JSON, for the sensor's cursor."""
        return json.dumps({"since": self.since.isoformat(), "sent": sorted(self.sent)})


def read_memory(cursor: str | None, now: datetime) -> Memory:
    """What was remembered; at its first tick a sensor looks at no run that has ended before."""
    if cursor is None:
        return Memory(now)
    kept = json.loads(cursor)
    return Memory(datetime.fromisoformat(kept["since"]), frozenset(kept["sent"]))


def _digest(words: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(words)).encode()).hexdigest()[:16]


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"
