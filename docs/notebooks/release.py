"""A release as an analyst sees it: its tables, a figure over the years, and a chart of the site made from its Parquet files.

It reads a release's public folder and needs no part of the product. `marimo edit`, `marimo run` and plain `python` run it.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium")

with app.setup:
    import json
    import os
    import re
    import sys
    from pathlib import Path

    import altair as alt
    import marimo as mo
    import polars as pl

    NEEDED = ("codes", "figures", "mart_answers", "mart_figure_series")
    HOW_TO_NAME = "Name the public folder of a release, as data/releases/2024/r1/public, with --folder."


@app.function
def home_folder() -> Path:
    """The home that KYOGIKAI_HOME names, else the project's `data/`."""
    return Path(os.environ.get("KYOGIKAI_HOME") or (mo.notebook_dir() or Path.cwd()).parent.parent / "data")


@app.function
def newest_public_folder(home: Path) -> Path | None:
    """The public folder of the newest release of the newest year in a home; None where nothing is released."""
    found = [
        (int(path.parent.parent.name), int(path.parent.name[1:]), path)
        for path in home.glob("releases/*/*/public")
        if path.parent.parent.name.isdigit() and re.fullmatch(r"r\d+", path.parent.name)
    ]
    return max(found)[2] if found else None


@app.function
def first_folder() -> str:
    """The folder to begin with: --folder, else KYOGIKAI_RELEASE, else the home's newest release; empty where there is none."""
    named = mo.cli_args().get("folder") or os.environ.get("KYOGIKAI_RELEASE")
    return str(named or newest_public_folder(home_folder()) or "")


@app.function
def what_is_missing(folder: str) -> str:
    """Why the notebook cannot begin, and what to do; empty where it can."""
    if not folder:
        return f"No release lies in {home_folder()}. Release a year with `kyogikai release YEAR --by NAME`. Or: {HOW_TO_NAME}"
    if not Path(folder).is_dir():
        return f"{folder} is not a folder. {HOW_TO_NAME}"
    needed = ["datapackage.json", *(f"{name}.parquet" for name in NEEDED)]
    gone = [name for name in needed if not (Path(folder) / name).is_file()]
    if gone:
        return (
            f"{folder} lacks {', '.join(gone)}. {HOW_TO_NAME} If it is one, `kyogikai verify YEAR` says what it has lost; one "
            "made before there was such a table never had it: release the year again."
        )
    return ""


@app.function
def counts_of_options(question: str, answers: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """How many municipalities chose each option of a question, most first; of equals in the order of the form."""
    chosen = (
        answers.filter(pl.col("question_id") == question)
        .group_by("option_code")
        .agg((pl.col("status") == "answered").sum().cast(pl.Int64).alias("数"))
    )
    options = codes.filter(pl.col("question_id") == question).rename({"label_ja": "項目"})
    return (
        options.join(chosen, on="option_code")
        .sort(["数", "option_order"], descending=[True, False])
        .select("option_code", "項目", "数")
    )


@app.function
def beside_figures(question: str, counts: pl.DataFrame, figures: pl.DataFrame) -> pl.DataFrame:
    """Each count with the published figure of its option; `value` is empty where none is published."""
    published = figures.filter((pl.col("question_id") == question) & (pl.col("operation") == "count"))
    rows = [
        (code, figure, value)
        for figure, value in published.select("figure_id", "value").iter_rows()
        for code in counts["option_code"]
        if figure.endswith(f".{code}")
    ]
    found = pl.DataFrame(
        rows, schema={"option_code": pl.String, "figure_id": pl.String, "value": pl.Float64}, orient="row"
    )
    return counts.join(found, on="option_code", how="left", maintain_order="left")


@app.function
def ranked_bars(counts: pl.DataFrame, unit: str) -> alt.LayerChart:
    """The ranked bars of the site's page of the question."""
    rows = alt.Data(values=counts.select("項目", "数").to_dicts())
    order = alt.Y("項目:N", sort=None, title=None, axis=alt.Axis(labelLimit=300, ticks=False))
    base = alt.Chart(rows).encode(y=order, x=alt.X("数:Q", title=unit, axis=alt.Axis(tickMinStep=1, tickCount=8)))
    bars = base.mark_bar(color="#0072b2", tooltip=True)
    return (bars + base.mark_text(align="left", dx=4).encode(text="数:Q")).properties(height=alt.Step(26))


@app.cell
def _():
    mo.md("""
    # A release

    Every number below comes from the Parquet files of the release's public folder.
    """)
    return


@app.cell
def _():
    folder_input = mo.ui.text(value=first_folder(), label="Public folder of a release", full_width=True)
    mo.vstack([folder_input])
    return (folder_input,)


@app.cell
def _(folder_input):
    folder = folder_input.value
    fault = what_is_missing(folder)
    if fault and mo.app_meta().mode == "script":
        sys.exit(fault)
    mo.stop(bool(fault), mo.callout(fault, kind="danger"))
    codes, figures, answers, series = (pl.read_parquet(Path(folder) / f"{name}.parquet") for name in NEEDED)
    return answers, codes, figures, folder, series


@app.cell
def _(folder):
    package = json.loads((Path(folder) / "datapackage.json").read_text(encoding="utf-8"))
    mo.vstack([mo.md(f"## {package['title']}"), mo.callout(package.get("description") or package["version"])])
    return (package,)


@app.cell
def _(folder):
    tables = pl.DataFrame(
        [(path.stem, *pl.read_parquet(path).shape) for path in sorted(Path(folder).glob("*.parquet"))],
        schema={"table": pl.String, "rows": pl.Int64, "columns": pl.Int64}, orient="row",
    )  # fmt: skip
    mo.vstack([mo.md("## Tables"), mo.ui.table(tables, selection=None)])
    return (tables,)


@app.cell
def _(figures):
    labels = dict(figures.select(pl.col("label_ja") + "（" + pl.col("figure_id") + "）", "figure_id").iter_rows())
    figure_input = mo.ui.dropdown(labels, value=next(iter(labels)), label="Figure", searchable=True)
    mo.vstack([mo.md("## A figure over the years"), figure_input])
    return (figure_input,)


@app.cell
def _(figure_input, series):
    over_years = series.filter(pl.col("figure_id") == figure_input.value).sort("observed_year", "release").select(
        "observed_year", "release", "is_newest", "display", "unit", "is_comparable", "break_year", "reason",
    )  # fmt: skip
    mo.ui.table(over_years, selection=None, format_mapping={"observed_year": str})
    return (over_years,)


@app.cell
def _(answers, codes):
    asked = answers.filter((pl.col("option_code") != "") & (pl.col("grain") == "municipality"))["question_id"]
    questions = dict(
        codes.filter(pl.col("question_id").is_in(asked.unique().to_list()))["question_ja", "question_id"].iter_rows()
    )
    mo.stop(not questions, mo.md("No question of this release takes many answers."))
    question_input = mo.ui.dropdown(questions, value=next(iter(questions)), label="Question")
    mo.vstack([mo.md("## What was chosen most"), question_input])
    return (question_input,)


@app.cell
def _(answers, codes, figures, question_input):
    counts = counts_of_options(question_input.value, answers, codes)
    compared = beside_figures(question_input.value, counts, figures)
    differing = compared.filter(pl.col("value").is_not_null() & (pl.col("数") != pl.col("value")))
    assert differing.is_empty(), f"the answers do not give the published figures: {differing.to_dicts()}"
    chart = ranked_bars(counts, "市町村")
    mo.vstack([chart, mo.ui.table(compared, selection=None)])
    return chart, compared


@app.cell
def _(compared, folder, over_years, package, tables):
    if mo.app_meta().mode == "script":
        equal = compared["value"].count()
        with pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True, fmt_str_lengths=60):
            sys.stdout.write(f"{folder}\n{package['title']} {package['version']}\n{tables}\n{over_years}\n{compared}\n")
        sys.stdout.write(f"{equal} of {compared.height} counts have a published figure, and all of them equal it\n")
    return


if __name__ == "__main__":
    app.run()
