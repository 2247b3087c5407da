"""`make mutate`: what share of slips the rules see, by kind, and what they say of clean returns. Exit code 1 below a demand."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import yaml
from rich.console import Console
from rich.table import Table

from pipeline.collect.collect import collect
from pipeline.demo.demo import make_demo
from pipeline.home import PROJECT_ROOT, Home
from pipeline.localise.localise import localise_returns
from pipeline.queries.asked import AskedOfYear
from pipeline.read.read import read_returns
from pipeline.tables import load, save
from pipeline.validate.validate import validate_returns
from schemas.survey import Survey
from tests.mutation.operators import mutants
from tests.mutation.run import Seen, batches, judged, see, sharing, year_of

PLAN = Path(__file__).with_name("plan.yaml")
SHOWN = 8
MOST_QUERIED = 0.02
"""Share of the answer cells of clean returns that may be asked about."""
WHY = {
    "unit": "前回の同じ項目の数がないか、前回からの変化が小さく、ほかの回答とも矛盾しない",
    "shifted_rows": "ずらした後の回答が前回の回答とも他の回答とも矛盾せず、必須の欄も埋まっている",
    "swapped": "二つの市町村の回答が、登録簿の名称も含めてほとんど同じである",
    "stale": "前回と異なる回答がほかの市町村でもまれで、同じであっても不自然でない",
    "copied": "登録簿の名称を含め、二つの市町村の回答がほとんど同じである",
    "blank": "任意の回答であるか、同じ設問のほかの選択肢に○がある",
    "other_option": "どちらの選択肢も、ほかの回答と矛盾しない",
    "tick": "どちらでも、ほかの回答と矛盾しない",
    "near_number": "どちらの数も想定する範囲にあり、前回からの変化も小さい",
    "words": "",
}
"""Why no rule can see those that survive, by kind."""


def main(console: Console, scale: float) -> int:
    """Make the mutants of the plan (`scale`: which share of each sample), judge them, and report."""
    plan = yaml.safe_load(PLAN.read_text(encoding="utf-8"))
    survey = Survey(PROJECT_ROOT)
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        make_demo(home, survey, years=survey.years)
        for year in survey.years:
            collect(home, survey.load_year(year))
            save(home, year, read_returns(home, survey.load_year(year)))
        is_quiet = _report_clean(home, survey, console)
        declarations, before = survey.load_year(plan["year"]), survey.load_year(plan["year"] - 1)
        clean = judged(home, declarations)
        year, groups = year_of(home, declarations, before), sharing(declarations)
        found: dict[str, list[Seen]] = {}
        for kind, wanted in plan["kinds"].items():
            count = max(1, round(wanted["sample"] * scale))
            if kind == "duplicated":
                continue
            made = list(mutants(year, kind, count, Random(f"{plan['seed']} {kind}")))  # noqa: S311
            with console.status(f"{kind}: {len(made)} mutants …"):
                found[kind] = [
                    one
                    for batch in batches(made, groups, plan["batch"])
                    for one in see(home, year, batch, clean, groups)
                ]
        save(home, plan["year"], read_returns(home, declarations))
        duplicates = _duplicates(
            home, survey, plan["year"], max(1, round(plan["kinds"]["duplicated"]["sample"] * scale))
        )
    return _report(plan, found, duplicates, console) or (0 if is_quiet else 1)


def _duplicates(home: Home, survey: Survey, year: int, count: int) -> tuple[int, int]:
    """Send returns once more under another name; how many there were, and how many are told."""
    declarations = survey.load_year(year)
    returns = load(home, year, "returns").head(count)
    for number, file_name in enumerate(returns["file_name"]):
        source = home.archived(returns["return_id"][number])
        shutil.copyfile(source, home.inbox(year) / f"回答 ({number}){Path(file_name).suffix}")
    collect(home, declarations)
    findings = validate_returns(home, declarations)["findings"]
    told = findings.filter(pl.col("rule_id") == "collect.same-bytes")["municipality_code"].n_unique()
    return returns.height, told


def _report_clean(home: Home, survey: Survey, console: Console) -> bool:
    """What the rules say of the clean years: no error, and few cells to ask about."""
    table = Table(box=None, header_style="bold", title="clean years")
    for heading in ("year", "errors", "warnings", "cells asked about", "of", "share"):
        table.add_column(heading, justify="right")
    is_quiet = True
    for year in survey.years:
        declarations = survey.load_year(year)
        _, findings = judged(home, declarations)
        save(home, year, {"findings": findings, **localise_returns(home, declarations)})
        cells = {cell for item in AskedOfYear(home, declarations).items() for one in item.fields for cell in one.cells}
        declared = load(home, year, "cells").filter(pl.col("is_declared"))
        answered = declared.filter(pl.col("text") != "").height
        errors = findings.filter(pl.col("severity") == "error").height
        share = len(cells) / max(1, answered)
        is_quiet = is_quiet and errors == 0 and share <= MOST_QUERIED
        table.add_row(
            str(year), str(errors), str(findings.height - errors), str(len(cells)), str(answered), f"{share:.2%}"
        )
    console.print(table)
    return is_quiet


def _report(
    plan: dict[str, Any], found: dict[str, Sequence[Seen]], duplicates: tuple[int, int], console: Console
) -> int:
    table = Table(box=None, header_style="bold", title="mutants")
    for heading in ("kind", "made", "other answers", "seen", "share", "demanded"):
        table.add_column(heading, justify="left" if heading == "kind" else "right")
    fails = 0
    rows = {kind: (len(seen), [one for one in seen if one.is_different]) for kind, seen in found.items()}
    for kind, wanted in plan["kinds"].items():
        least = wanted.get("least")
        if kind == "duplicated":
            made, differ, caught = duplicates[0], duplicates[0], duplicates[1]
        else:
            made, different = rows[kind]
            differ, caught = len(different), sum(bool(one.rules) for one in different)
        share = caught / max(1, differ)
        fails += least is not None and share < least
        table.add_row(kind, str(made), str(differ), str(caught), f"{share:.1%}", f"{least:.0%}" if least else "")
    console.print(table)
    for kind, (_, different) in rows.items():
        survivors = [one.mutant.what for one in different if not one.rules]
        if survivors:
            console.print(f"[bold]{kind}[/]: {len(survivors)} survive; {WHY[kind]}")
            for what in survivors[:SHOWN]:
                console.print(f"  {what}")
    finders: dict[str, dict[str, int]] = {}
    for kind, seen in found.items():
        for one in seen:
            for rule in one.rules:
                own = finders.setdefault(kind, {})
                own[rule] = own.get(rule, 0) + 1
    told = {kind: dict(sorted(own.items(), key=lambda item: -item[1])[:4]) for kind, own in finders.items()}
    console.print(f"seen most by: {json.dumps(told, ensure_ascii=False)}", soft_wrap=True)
    return 1 if fails else 0


if __name__ == "__main__":
    sys.exit(main(Console(width=110), float(sys.argv[1]) if len(sys.argv) > 1 else 1.0))
