"""The commands about questionnaires of several years: what changed between two, and which series that breaks."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import click
from rich.markup import escape

from pipeline.commands.output import show
from pipeline.commands.setting import FINDINGS_BLOCK, Setting, json_option, pass_setting, stderr, stdout, tell_next


@click.group()
def questionnaire() -> None:
    """Compare the questionnaires of two years, make that of the next one, and the marts that follow from them.

    Example: kyogikai questionnaire diff 2023 2024
    """


@questionnaire.command()
@click.argument("before", type=int)
@click.argument("after", type=int)
@json_option
@pass_setting
def diff(setting: Setting, before: int, after: int, as_json: bool) -> None:
    """Show what became of every question between two years, and which figures can be compared.

    A question is the same, reworded, has options_changed, is redefined, new or dropped. What the questionnaires cannot tell,
    as that options were merged, is declared in the later one as `changes`.

    Example: kyogikai questionnaire diff 2023 2024
    """
    found = _differences(setting, before, after)
    show(found, as_json, lambda: _print(found))


@questionnaire.command()
@click.argument("year", type=int)
@click.option("--from", "source", type=int, required=True, help="The declared year that it follows.")
@pass_setting
def new(setting: Setting, year: int, source: int) -> None:
    """Declare the next year after another: questionnaire, rules, figures and relations, its wide marts and its blank forms.

    Days and the years in wordings move on, those of laws stay; all else is inherited until you change it. Nothing that is
    there is overwritten. Run `kyogikai forms YEAR` again after you have changed the questionnaire.

    Example: kyogikai questionnaire new 2025 --from 2024
    """
    from pipeline.forms.issue import issue_forms
    from pipeline.warehouse.wide_marts import told, write_wide_marts
    from schemas.new_year import declare_next_year

    with setting.home.writer():
        made = declare_next_year(setting.survey, source, year)
        marts_written = write_wide_marts(setting.survey)
        with stderr.status("writing the blank forms …"):
            forms = issue_forms(setting.home, setting.survey.load_year(year))
    for name in told([*made.paths, *marts_written], setting.survey.root):
        click.echo(f"wrote    {name}")
    for one in made.moved:
        click.echo(f"moved    {one.path}: {one.before} → {one.after}")
    for path, text in made.kept:
        click.echo(f"kept     {path}: {text}")
    click.echo(f"wrote    {len(forms)} forms in {setting.home.forms(year)}")
    tell_next(f"read the lines above, change what is asked, then: kyogikai questionnaire diff {source} {year}")


@questionnaire.command()
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit code 1 where a file is not up to date.")
@pass_setting
def marts(setting: Setting, only_check: bool) -> None:
    """Write the wide marts, one column for each question, from the questionnaires of all declared years.

    They are dbt models of the survey, in dbt_project/models/sections/wide.

    Example: kyogikai questionnaire marts
    """
    from pipeline.warehouse.wide_marts import stale_wide_marts, told, write_wide_marts

    paths = stale_wide_marts(setting.survey) if only_check else write_wide_marts(setting.survey)
    for name in told(paths, setting.survey.root):
        click.echo(name)
    stderr.print(f"{len(paths)} files {'out of date' if only_check else 'written or removed'}")
    if only_check and paths:
        tell_next("kyogikai questionnaire marts")
        sys.exit(FINDINGS_BLOCK)


def _differences(setting: Setting, before: int, after: int) -> dict[str, Any]:
    from schemas.series import figure_steps

    crosswalk = setting.survey.crosswalk(before, after)
    earlier, later = (setting.survey.load_year(year) for year in (crosswalk.before, crosswalk.after))
    steps = figure_steps(earlier, later, crosswalk)
    figures = [
        {
            "figure_id": figure.id, "label": figure.label.ja, "sources": list(steps[figure.id].sources) if figure.id in steps else [],
            "reason": steps[figure.id].reason or None if figure.id in steps else None,
        }
        for figure in later.figures.values()
    ]  # fmt: skip
    continued = {source for step in steps.values() for source in step.sources}
    return {
        "before": crosswalk.before,
        "after": crosswalk.after,
        "questions": [
            {
                "question_id": link.question_id, "change": link.change,
                "label_before": link.before.label.ja if link.before else None,
                "label_after": link.after.label.ja if link.after else None,
                "is_comparable": link.is_comparable, "reasons": list(link.reasons),
                "options": [
                    {
                        "option_code": option.code, "change": option.change, "label_before": option.before or None,
                        "label_after": option.after or None, "sources": list(option.sources), "reason": option.reason or None,
                    }
                    for option in link.options
                ],
            }
            for link in crosswalk.questions.values()
        ],
        "figures": figures,
        "dropped_figures": sorted(set(earlier.figures) - continued),
    }  # fmt: skip


def _print(found: dict[str, Any]) -> None:
    counts = Counter(question["change"] for question in found["questions"])
    told = ", ".join(f"{count} {change}" for change, count in counts.items())
    stdout.print(f"[bold]{found['before']} → {found['after']}[/]")
    stdout.print(f"{len(found['questions'])} questions: {told}")
    for question in found["questions"]:
        if question["change"] != "same":
            _print_question(question)
    broken = [figure for figure in found["figures"] if figure["reason"]]
    new = [figure for figure in found["figures"] if not figure["sources"]]
    dropped = found["dropped_figures"]
    comparable = len(found["figures"]) - len(broken) - len(new)
    stdout.print(
        f"{len(found['figures'])} figures: {comparable} comparable, {len(broken)} with a break, {len(new)} new,"
        f" {len(dropped)} dropped"
    )
    for figure in broken:
        stdout.print(escape(f"  break  {figure['figure_id']} {figure['label']}: {figure['reason']}"))
    for figure in found["figures"]:
        if not figure["reason"] and figure["sources"] not in ([], [figure["figure_id"]]):
            stdout.print(escape(f"  sum    {figure['figure_id']} {figure['label']}: {' + '.join(figure['sources'])}"))
    for figure in new:
        stdout.print(escape(f"  new    {figure['figure_id']} {figure['label']}"))
    for name in dropped:
        stdout.print(escape(f"  gone   {name}"))


def _print_question(question: dict[str, Any]) -> None:
    before, after = question["label_before"], question["label_after"]
    label = f"「{before}」 → 「{after}」" if before and after and before != after else f"「{after or before}」"
    stdout.print(escape(f"{question['question_id']}: {question['change']} {label}"))
    for reason in question["reasons"]:
        stdout.print(escape(f"  break: {reason}"))
    for option in question["options"]:
        if option["change"] == "same" and not option["reason"]:
            continue
        words = [f"「{word}」" for word in (option["label_before"], option["label_after"]) if word]
        reason = f" (not comparable: {option['reason']})" if option["reason"] else ""
        stdout.print(escape(f"  {option['change']} {option['option_code']} {' → '.join(dict.fromkeys(words))}{reason}"))
