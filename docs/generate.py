"""Writes the pages that follow from code and declarations: `python -m docs.generate [--check]`.

With --check nothing is written: it says which pages are out of date, and which tests that a page names are gone.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import distribution, metadata
from itertools import chain
from pathlib import Path
from typing import Any

import click
import yaml

from pipeline.cli import cli
from pipeline.macro.judge import RULES as MACRO_RULES
from pipeline.validate.derived import DERIVED_RULES
from pipeline.warehouse.descriptions import split_description
from schemas import errors
from schemas.json_schema import MODELS
from schemas.survey import Survey

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "pages"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
OF_THE_HOME = {"waivers", "corrections"}
OF_ALL_YEARS = {"passwords"}
NOTE = "<!-- Written by `make fix` from {source}; do not edit. -->\n"
DECISIONS = ("waiver", "correction")
"""What stands in the references of errors about decisions, which are of these kinds."""
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
LAYERS = {
    "sections": "Section marts",
    "sections/wide": "Wide marts, a column for each question",
    "analysis": "Analysts' marts",
    "figures": "Figures",
    "intermediate": "Intermediate",
    "staging": "Staging",
}


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; what Markdown would take for something else is made harmless."""
    lines = [list(heads), [*("---" for _ in heads)], *map(list, rows)]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    outside_code = re.compile(r"<(?=[^`]*(?:`[^`]*`[^`]*)*$)")
    return outside_code.sub("&lt;", " ".join(text.replace("|", "\\|").split()))


def command_line() -> str:
    """Every command with its own help."""
    top = click.Context(cli, info_name="kyogikai", terminal_width=100, max_content_width=100, **cli.context_settings)
    parts = [
        "# Command line\n",
        NOTE.format(source="the commands' help"),
        (
            "Results go to standard output, progress and the next step to standard error. "
            "[Exit codes](errors.md) and [JSON](json.md) have pages of their own.\n"
        ),
        f"## kyogikai\n\n```text\n{cli.get_help(top)}\n```\n",
    ]
    for name, command in sorted(cli.commands.items()):
        context = click.Context(command, info_name=name, parent=top, terminal_width=100, max_content_width=100)
        parts.append(f"## kyogikai {name}\n\n```text\n{command.get_help(context)}\n```\n")
    variables = [
        [
            "`KYOGIKAI_HOME`",
            (
                "the home, where `--home` is not given; without both, `data/` of the repository, "
                "or `kyogikai/` where an installed product is called"
            ),
        ],
        ["`KYOGIKAI_NOW`", "a time (ISO 8601) that stands in for the clock, to repeat a run at its own time"],
        ["`KYOGIKAI_LOG`", "`json` sends the [log](logs.md) of a run to standard error as well"],
    ]
    parts.append(f"## Environment\n\n{table(['variable', 'meaning'], variables)}")
    return "\n".join(parts)


def declaration_keys() -> str:
    """Every key of every declaration, with type, default and meaning."""
    parts = [
        "# The keys of declarations\n",
        NOTE.format(source="the models in `schemas/`"),
        (
            "Each kind of declaration has a JSON Schema in `schemas/json/`, generated from the same models; an editor that "
            "knows it completes keys and marks mistakes. [Declarations](declarations.md) says how the kinds fit together. "
            "A file that is `based_on` another year may leave out whatever does not change.\n"
        ),
    ]
    for name, model in MODELS.items():
        schema = model.model_json_schema(by_alias=True)
        of_a_year = f"{name}/YEAR.yaml" if name in OF_THE_HOME else f"schemas/{_plural(name)}/YEAR.yaml"
        folder = f"{name}.yaml" if name in OF_ALL_YEARS else of_a_year
        parts.append(f"## {name}\n\n`{folder}`, checked by `schemas/json/{name}.schema.json`.\n")
        parts += [_model(name, schema), *(_model(n, d) for n, d in schema.get("$defs", {}).items() if n != "Label")]
    parts.append("## Wordings\n\nWhere a type is *wording*, write a text in Japanese, or `{ja: …, en: …}`.\n")
    return "\n".join(parts)


def _plural(name: str) -> str:
    return name if name.endswith("s") else f"{name}s"


def _model(name: str, schema: dict[str, Any]) -> str:
    silent = [key for key, node in schema["properties"].items() if not node.get("description")]
    if silent:
        raise ValueError(f"{name}: no description of {', '.join(silent)}")
    required = set(schema.get("required", ()))
    rows = [
        [f"`{key}`", _type(node), "required" if key in required else _default(node), node.get("description", "")]
        for key, node in schema["properties"].items()
    ]
    title = "" if name in MODELS else f"### {name}\n\n"
    return f"{title}{schema.get('description', '')}\n\n{table(['key', 'type', 'default', 'meaning'], rows)}"


def _type(node: dict[str, Any]) -> str:
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[-1]
        return "wording" if name == "Label" else f"[{name}](#{name.lower()})"
    if "enum" in node:
        return " · ".join(f"`{word}`" for word in node["enum"])
    if "const" in node:
        return f"`{node['const']}`"
    if "anyOf" in node:
        return " or ".join(dict.fromkeys(_type(part) for part in node["anyOf"] if part.get("type") != "null"))
    if node.get("type") == "array":
        return f"list of {_type(node.get('items', {}))}"
    if node.get("type") == "object" and isinstance(node.get("additionalProperties"), dict):
        return f"mapping to {_type(node['additionalProperties'])}"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "mapping"}
    shown: str = words.get(node.get("type", ""), node.get("type", "any"))
    return {"date": "date", "date-time": "time"}.get(node.get("format", ""), shown)


def _default(node: dict[str, Any]) -> str:
    value = node.get("default")
    if value is None or value in ([], {}, ""):
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"`{key}: {part}`" for key, part in value.items())
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def tables() -> str:
    """Every table of the warehouse that is described, with its columns."""
    parts = [
        "# Tables of the warehouse\n",
        NOTE.format(source="dbt's YAML"),
        (
            "`warehouse/kyogikai.duckdb` of the home. Every table has all years, in the column `year`. Section marts belong "
            "to the survey; everything else is the same for every survey. `raw_*` tables hold what the stages gave and what "
            "is declared: Parquet files below `work/` and `warehouse/years/`, which only dbt reads. `stg_*` tables are the same, "
            "renamed and typed: read those.\n\n"
            "The descriptions, in Japanese and English, are also the comments on tables and columns of the file "
            '(`quality_*` have none). `make docs` writes <a href="../dbt/index.html">pages of dbt</a> besides, with the SQL '
            "of every model, what it is made from and the type of every column. They are one file, opened from disk with "
            "scripts; nothing is loaded from the network.\n"
        ),
    ]
    described: dict[str, list[str]] = {}
    for folder, title in LAYERS.items():
        for path in sorted((ROOT / "dbt_project" / "models" / folder).glob("_*.yml")):
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            where = str(path.relative_to(ROOT))
            described.setdefault(title, []).extend(_table(model, where) for model in content.get("models", ()))
            for source in content.get("sources", ()):
                shown = (_table(table, where) for table in source["tables"])
                described.setdefault(source["name"].capitalize(), []).extend(shown)
    for title in (*LAYERS.values(), *(title for title in described if title not in LAYERS.values())):
        parts += [f"## {title}\n", *described[title]]
    return "\n".join(parts)


def _table(model: dict[str, Any], where: str) -> str:
    disclosure = model.get("config", {}).get("meta", {}).get("disclosure")
    place = f"{where}, '{model['name']}'"
    told = split_description(model.get("description", ""), place)
    text = told.en + (f" Disclosure: {disclosure}." if disclosure else "")
    rows = []
    for column in model.get("columns", ()):
        meaning = split_description(column.get("description", ""), f"{place}, column '{column['name']}'")
        rows.append([f"`{column['name']}`", column.get("data_type", ""), meaning.en, meaning.ja])
    typed = any(row[1] for row in rows)
    shown = rows if typed else [[row[0], *row[2:]] for row in rows]
    heads = ["column", *(["type"] if typed else []), "meaning", "日本語"]
    return f"### {model['name']}\n\n{text}\n\n{told.ja}。\n\n{table(heads, shown)}"


def rules() -> str:
    """Every rule and relation of the newest year of the product's survey, and those that follow from the form."""
    survey = Survey(ROOT)
    declarations = survey.load_year(survey.years[-1])
    derived = [[f"`{rule.kind}.QUESTION`", str(rule.level), rule.statement] for rule in DERIVED_RULES]
    declared = [[f"`{r.id}`", r.kind, r.severity, str(r.level), r.statement.ja] for r in declarations.rules]
    related = [
        [f"`{r.id}`", ", ".join(r.published), r.kind, r.severity, str(r.level), r.statement.ja]
        for r in declarations.relations
    ]
    heads = ["rule", "kind", "severity", "level", "statement"]
    return "\n".join([
        "# Rules and relations\n",
        NOTE.format(source="the declarations and the derived rules"),
        (
            f"Those of the survey `{declarations.questionnaire.survey}` of {declarations.year}. "
            "[Findings](findings.md) explains severity, level and verdict.\n"
        ),
        "## That follow from a question\n",
        "Nobody declares these: a question's type, options, bounds and routing imply them.\n",
        table(["rule", "level", "statement"], derived),
        "## Over all returns, beside the year before\n",
        "Nobody declares these either; [Macro-editing](../explanation/macro-editing.md) tells how they judge. All are warnings.\n",
        table(["rule", "level", "statement"], [[f"`{rule}`", "3", told] for rule, (told, _) in MACRO_RULES.items()]),
        f"## Between answers\n\nDeclared in `schemas/rules/{declarations.year}.yaml`; judged by pandera.\n",
        table(heads, declared),
        (
            f"## Between figures\n\nDeclared in `schemas/relations/{declarations.year}.yaml`; judged by Great Expectations."
            " `kyogikai reconcile` names them by their published ids.\n"
        ),
        table(["rule", "published", *heads[1:]], related),
    ])  # fmt: skip


def dependencies() -> str:
    """Every direct dependency with its reason and the licence that its installed metadata states."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    reasons = dict(re.findall(r'^    "([\w.-]+?)(?=[^\w.-])[^"]*", # (.+)$', text, re.MULTILINE))
    parts = [
        "# Dependencies\n",
        NOTE.format(source="`pyproject.toml` and the installed packages' metadata"),
        (
            "Every direct dependency, why it is here, and its licence as its own metadata states it. `requirements.txt` locks "
            "these and all that they need, with hashes; what Spark needs besides, which is large, is in "
            "`requirements-spark.txt` and installed by `make spark`. To add one, write its reason beside it in `pyproject.toml` and run "
            "`make lock`, then `make fix`.\n"
        ),
    ]
    extras = project["optional-dependencies"]
    groups = {
        "To run": project["dependencies"],
        "For the notebook": extras["notebook"],
        "For a team": extras["team"],
        "For Spark": extras["spark"],
        "To develop": extras["dev"],
    }
    for title, requirements in groups.items():
        names = [re.split(r"[^\w.-]", requirement)[0] for requirement in requirements]
        parts += [f"## {title}\n", table(["package", "why", "licence"], [[n, reasons[n], _licence(n)] for n in names])]
    return "\n".join(parts)


def _licence(name: str) -> str:
    """The licence expression, else its name among the classifiers, else the first line of what says it, a file at last."""
    told: Any = metadata(name)
    classifiers = [c.rsplit(" :: ", 1)[-1] for c in told.get_all("Classifier") or () if c.startswith("License :: ")]
    files = [distribution(name).read_text(f"licenses/{file}") for file in told.get_all("License-File") or ()]
    stated = (
        told.get("License-Expression") or ", ".join(classifiers) or told.get("License") or "".join(filter(None, files))
    )
    said = str(stated).strip().splitlines()
    if not said:
        raise ValueError(f"the metadata of {name} state no licence")
    return said[0]


def error_references() -> str:
    """Every reference that an error of the product can carry, with its exit code and what to do."""
    found: dict[tuple[int, str], tuple[str, str]] = {}
    for path in sorted([*(ROOT / "schemas").rglob("*.py"), *(ROOT / "pipeline").rglob("*.py")]):
        for scope in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(scope, ast.FunctionDef):
                continue
            nodes = list(ast.walk(scope))
            texts = {ast.unparse(n.targets[0]): _text(n.value) for n in nodes if isinstance(n, ast.Assign)}
            raised = (_raised(node, texts) for node in nodes if isinstance(node, ast.Call))
            for shown, kind, expected, fix in chain.from_iterable(raised):
                names = [shown.replace("…", word) for word in DECISIONS] if path.name == "decisions.py" else [shown]
                for name in names:
                    if re.fullmatch(r"[a-z-]+", name):
                        found.setdefault((getattr(errors, kind).exit_code, name), (expected, fix))
    rows = [
        [f"`{name}`", str(code), *("" if text == "…" else text for text in texts)]
        for (code, name), texts in sorted(found.items())
    ]
    return "\n".join([
        "# Exit codes and errors\n",
        NOTE.format(source="the errors that the code raises"),
        "## Exit codes\n",
        table(["code", "meaning"], [
            ["0", "done"],
            ["1", ("findings block a release (`run`, `findings`), a file was rejected (`collect`), a document differs "
                  "(`reconcile`), a table does not keep to a standard (`standards`)")],
            ["2", "the command was called wrongly"],
            ["10", "a declaration is wrong; nothing has run"], ["11", "an input is missing or damaged, or the home busy"],
            ["12", "the gate refused a release"], ["70", "a bug: the traceback is shown whole"],
            ["130", "stopped from the keyboard"], ["141", "whoever reads the output has left, as `head` does"],
        ]),
        "## Errors\n",
        (
            "An error names itself by a reference, then says where it is, what was found, what was expected and what to do. "
            "Bad data in a return is never an error: it is a [finding](findings.md). `…` stands for what the case fills in.\n"
        ),
        table(["reference", "exit code", "expected", "what to do"], rows),
        (
            "Cells of `data/reference/*.csv` that are not what their column allows are called `invalid-COLUMN` or "
            "`unknown-COLUMN`, also with exit code 10.\n"
        ),
    ])  # fmt: skip


def _raised(call: ast.Call, texts: dict[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """(reference, class, expected, fix) of a call that makes an error, none for another call.

    `texts` are those of the function's variables, by name.
    """
    name = getattr(call.func, "id", "")

    def text(node: ast.expr) -> str:
        return texts.get(ast.unparse(node)) or _text(node)

    words = {keyword.arg: text(keyword.value) for keyword in call.keywords}
    constants = [text(argument) for argument in call.args]
    if name in ERRORS and "reference" in words:
        yield words["reference"], name, words.get("expected", ""), words.get("fix", "")
    elif name == "_fault" and constants[0] != "…":
        yield constants[0], "DeclarationError", constants[3], (*constants, "correct the cell")[4]
    elif name == "_fault":
        yield constants[1], "DeclarationError", "", "correct the declaration"
    elif name == "PydanticCustomError":
        yield constants[0], "DeclarationError", re.sub(r"\{\w+\}", "…", constants[1]), "correct the cell"


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return "YEAR" if ast.unparse(node.value).endswith("year") else "…"
    return "…"


GENERATED: dict[str, Callable[[], str]] = {
    "reference/command-line.md": command_line,
    "reference/declaration-keys.md": declaration_keys,
    "reference/errors.md": error_references,
    "reference/rules.md": rules,
    "reference/tables.md": tables,
    "explanation/dependencies.md": dependencies,
}


def missing_tests(page: Path) -> list[str]:
    """Tests that a page names and that are not there."""
    text = page.read_text(encoding="utf-8")
    return [
        f"{page.relative_to(ROOT)}: no test {file}::{name}"
        for file, name in TEST.findall(text)
        if not (ROOT / file).is_file() or f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check only say what is out of date."""
    faults: list[str] = []
    for name, render in GENERATED.items():
        path, text = PAGES / name, render().rstrip() + "\n"
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            faults.append(f"out of date: docs/pages/{name}; run `make fix`")
    faults += [fault for page in sorted(PAGES.rglob("*.md")) for fault in missing_tests(page)]
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
