"""An official's decision that an answer which a rule doubts is right: the query is closed, and an error is waived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from pipeline.clock import Clock, now
from pipeline.home import Home
from pipeline.queries.ledger import QueryEvent, open_refusals, queries_of, read_history, record
from pipeline.queries.recorded import append_decisions
from schemas.errors import UsageError
from schemas.waivers import read_waivers

IN_FORCE = timedelta(days=366)


def accept_queries(
    home: Home,
    year: int,
    query_ids: Sequence[str],
    *,
    by: str,
    reason: str,
    keys: Mapping[str, str],
    clock: Clock = now,
) -> list[QueryEvent]:
    """Close queries as confirmed by a person; returns the new events.

    `keys` are the keys of the findings that still stand, by finding; those of an error are waived with the same reason, for a
    year. A query that is closed can be closed again where a reply to it was refused: that settles the reply. Raises UsageError
    for an id that no query has, or one that is closed and settled. The caller holds the home's writer lock.
    """
    moment = clock()
    history = read_history(home, year)
    queries, refused = queries_of(history), {event.query_id for event in open_refusals(history)}
    query_ids = list(dict.fromkeys(query_ids))
    for query_id in query_ids:
        query = queries.get(query_id)
        if query is None or (query.state == "closed" and query_id not in refused):
            raise UsageError(
                reference="no-open-query", where=query_id, found="no query" if query is None else "a query that is closed",
                expected="the id of a query that is open or answered", fix=f"see `kyogikai queries {year} --list`",
            )  # fmt: skip
    declared = read_waivers(home.waivers(year))
    known = {waiver.id for waiver in declared}
    waived = {finding for waiver in declared for finding in waiver.findings}
    waivers = []
    for query_id in query_ids:
        standing = [keys[name] for name in queries[query_id].findings if name in keys and keys[name] not in waived]
        if queries[query_id].is_error and standing:
            waived.update(standing)
            number = next(n for n in range(1, len(known) + 2) if f"query-{query_id}-{n}" not in known)
            waivers.append({
                "id": f"query-{query_id}-{number}", "findings": standing, "reason": reason,
                "authority": f"{by}（照会{query_id}について確認）", "granted": moment.date(), "expires": moment.date() + IN_FORCE,
            })  # fmt: skip
    append_decisions(home.waivers(year), year, "waivers", waivers)
    closed: list[dict[str, object]] = [
        {
            "at": moment.isoformat(), "municipality_code": queries[query_id].municipality_code, "event": "closed",
            "query_id": query_id, "outcome": queries[query_id].outcome or "confirmed", "by": by, "reason": reason,
        }
        for query_id in query_ids
    ]  # fmt: skip
    return record(home, year, closed)
