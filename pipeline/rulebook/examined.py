"""The health of a year's rules as one table of names, from declarations, answers and the outcomes of all years at hand."""

from __future__ import annotations

import polars as pl

from pipeline.home import Home
from pipeline.rulebook.health import examine, uncovered_questions
from pipeline.rulebook.listing import expect_judged, years_failed
from pipeline.rulebook.relations import examine_relations
from pipeline.tables import load
from pipeline.validate.validate import load_tables
from schemas.survey import Survey

HealthTable = dict[str, list[str] | dict[str, list[str]]]


def examine_year(home: Home, survey: Survey, year: int) -> HealthTable:
    """What is wrong with the rules of a year, by kind of fault.

    - contradicting: options that no return can have without breaking a rule, and other questions that none can answer so, each
      with the rules against it; and under `figures` relations that no figures meet together
    - implied: rules and relations that find nothing which others of their kind do not, each with those without one of which it
      would
    - can_never_fire
    - never_seen_to_fire: at hand, in any year
    - not_examined: declared rules that the returns at hand give nothing to ask of
    - questions_without_rule

    Rules about files, forms, decisions and models are seen to fire, or not; what they could find is not asked.

    Raises InputError where the year was not run.
    """
    expect_judged(home, year)
    declarations = survey.load_year(year)
    found = examine(load_tables(home, year), declarations)
    related = examine_relations(declarations.relation_rows)
    contradicting = {option: list(rules) for option, rules in sorted(found.dead.items())}
    if related.contradicting:
        contradicting["figures"] = list(related.contradicting)
    outcomes = pl.concat([load(home, year, name) for name in ("rule_outcomes", "gate_rule_outcomes")])
    failed = years_failed(home, survey)
    return {
        "contradicting": contradicting,
        "implied": {rule: list(others) for rule, others in sorted((*found.implied.items(), *related.implied.items()))},
        "can_never_fire": sorted(found.never | related.never),
        "never_seen_to_fire": sorted(set(outcomes["rule_id"]) - failed.keys()),
        "not_examined": sorted(found.unknown),
        "questions_without_rule": uncovered_questions(declarations, outcomes),
    }


def faults_of_rules(found: HealthTable) -> list[dict[str, str]]:
    """The same as rows: a fault, the rule (or option, or question) that has it, and the rules beside it."""
    return [
        {"fault": fault, "rule": name, "beside": " ".join(members[name]) if isinstance(members, dict) else ""}
        for fault, members in found.items()
        for name in members
    ]
