"""Runs the examples of the pages and compares what they print: `python -m docs.examples [PAGE...]`.

Below a line that names a home (`<!-- home: demo -->`), every block in one of these languages runs, in order:

- `console`: lines that begin with `$ ` are commands, the lines below them what they print. A command that fails must
  be followed by `$ echo $?`. `kyogikai` alone runs in this process, anything else in bash.
- `sql`: one query of the published warehouse; `python`: a program. A `text` block right below is what it prints.
- `yaml`, `md` or `csv` whose first line is `# file: PATH`: the rest is written to that file.

`...` stands for any text. The home is a copy for the page alone, as `data` of the working directory.
"""

from __future__ import annotations

import doctest
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "pages"
HOMES: dict[str, tuple[str | None, list[str]]] = {
    "empty": (None, []),
    "returned": ("empty", ["demo --year 2024"]),
    "demo": ("returned", ["run 2024", "release 2024 --by 山田"]),
}
"""The homes that a page can start from: from which other each is made, and how."""
HOME = re.compile(r"<!-- home: (\w+) -->")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# file: (\S+)\n")
CHECKER = doctest.OutputChecker()
LONGEST_FAULT = 60
SETTING = {
    "COLUMNS": "120",
    "LC_ALL": "C.UTF-8",
    "KYOGIKAI_NOW": "2024-12-02T09:00:00+09:00",
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
}


@dataclass(frozen=True)
class Example:
    """One step of a page: what to run, what it should print (None: anything), and the line where it stands."""

    language: str
    source: str
    expected: str | None
    line: int


def read_examples(text: str) -> Iterator[Example]:
    """Yield the examples of a page in order."""
    blocks = sorted([*BLOCK.finditer(text), *HOME.finditer(text)], key=lambda found: found.start())
    for block, after in zip(blocks, [*blocks, None][1:], strict=True):
        line = text.count("\n", 0, block.start()) + 1
        if block.re is HOME:
            yield Example("home", block.group(1), None, line)
            continue
        language, content = block.groups()
        if language == "console":
            for command in re.finditer(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", content, re.MULTILINE):
                above = content.count("\n", 0, command.start())
                yield Example(language, command.group(1), command.group(2), line + 1 + above)
        elif language in ("sql", "python"):
            is_followed = after and after.group(1) == "text" and not text[block.end() : after.start()].strip()
            yield Example(language, content, after.group(2) if after and is_followed else None, line)
        elif language in ("yaml", "md", "csv") and FILE.match(content):
            yield Example("file", content, None, line)


@dataclass
class Place:
    """A working directory with a home in it, in which examples run one after another."""

    folder: Path
    last_code: int = 0
    names: dict[str, object] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The home; the pages call it `data`."""
        return self.folder / "data"

    def run(self, example: Example) -> str:
        """Run one example and return what it printed."""
        runner = {"console": self._console, "sql": self._sql, "python": self._python, "file": self._write}
        with chdir(self.folder), patch.dict(os.environ, SETTING | {"KYOGIKAI_HOME": str(self.home)}):
            printed = runner[example.language](example.source)
        return printed.replace(f"{self.folder}/", "").replace(str(self.folder), "")

    def _console(self, command: str) -> str:
        if command == "echo $?":
            code, self.last_code = self.last_code, 0
            return f"{code}\n"
        if self.last_code:
            raise RuntimeError(f"the command before ended with {self.last_code}; show it with `$ echo $?`")
        if command.startswith("kyogikai ") and not set("|<>") & set(command):
            return self.kyogikai(shlex.split(command)[1:])
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)  # noqa: S607
        self.last_code = done.returncode
        return done.stdout + done.stderr

    def kyogikai(self, words: list[str]) -> str:
        """Call the command in this process; results and messages come in the order in which they were printed."""
        from pipeline.cli import main

        printed = io.StringIO()
        with patch.object(sys, "argv", ["kyogikai", *words]), redirect_stdout(printed), redirect_stderr(printed):
            try:
                main()
            except SystemExit as end:
                self.last_code = int(end.code or 0)
        return printed.getvalue()

    def _sql(self, query: str) -> str:
        import duckdb

        with duckdb.connect(str(self.home / "warehouse" / "kyogikai.duckdb"), read_only=True) as connection:
            return f"{connection.sql(query)}\n"

    def _python(self, source: str) -> str:
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(source, "<example>", "exec"), self.names)  # noqa: S102
        return printed.getvalue()

    def _write(self, content: str) -> str:
        line, _, rest = content.partition("\n")
        path = self.folder / line.removeprefix("# file: ")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(rest, encoding="utf-8")
        return ""


def plain(text: str) -> str:
    """Text with two spaces at most, or in place of tabs, between words, none at line ends, and no blank lines at the end."""
    spaced = re.sub(r" +$", "", text.rstrip().replace("\t", "  "), flags=re.MULTILINE)
    return re.sub(r"(?<=\S) {3,}", "  ", spaced) + "\n"


def check_page(page: Path, homes: Path, work: Path) -> tuple[int, list[str]]:
    """Run a page's examples; returns how many ran and what was wrong. After a fault the page is left."""
    place: Place | None = None
    count = 0
    for example in read_examples(page.read_text(encoding="utf-8")):
        where = f"{page.relative_to(ROOT)}:{example.line}"
        try:
            if example.language == "home":
                place = open_place(work / f"{page.stem}{example.line}", prepare_home(example.source, homes))
            elif place:
                count += 1
                compare(example, place.run(example))
        except Exception as error:  # noqa: BLE001 - whatever an example raises is its fault
            return count, [f"{where}: {type(error).__name__}: {error}"]
    return count, [f"{page.name}: the last command fails without `$ echo $?`"] if place and place.last_code else []


def compare(example: Example, printed: str) -> None:
    """Raise AssertionError that shows the difference between what the page says and what was printed."""
    expected, found = plain(example.expected or ""), plain(printed)
    if example.expected is not None and not CHECKER.check_output(expected, found, doctest.ELLIPSIS):
        lines = unified_diff(expected.splitlines(), found.splitlines(), "the page", "the product", lineterm="")
        raise AssertionError("\n".join([example.source.strip(), *islice(lines, LONGEST_FAULT)]))


def open_place(folder: Path, home: Path) -> Place:
    """A new working directory with a copy of a home, and what examples use of the project beside it."""
    shutil.copytree(home, folder / "data")
    for name in ("reference", "prose", "demo"):
        shutil.copytree(ROOT / "data" / name, folder / "data" / name, dirs_exist_ok=True)
    for name in ("tests", "schemas", "docs", "dbt_project"):
        (folder / name).symlink_to(ROOT / name)
    return Place(folder)


def forget_surveys(folder: Path) -> None:
    """Remove what dbt has kept for surveys that the examples declared below a folder."""
    from pipeline.warehouse.dbt import target_folder
    from schemas.survey import Survey

    for models in folder.glob("pages/*/*/dbt_project/models"):
        shutil.rmtree(target_folder(Survey(models.parent.parent)), ignore_errors=True)


def prepare_home(name: str, homes: Path) -> Path:
    """Make a home once and return its folder."""
    maker = Place(homes / name)
    if maker.folder.exists():
        return maker.home
    base, commands = HOMES[name]
    if base:
        shutil.copytree(prepare_home(base, homes), maker.home)
    maker.home.mkdir(parents=True, exist_ok=True)
    for command in commands:
        maker.run(Example("console", f"kyogikai {command}", None, 0))
        if maker.last_code:
            raise RuntimeError(f"kyogikai {command} ended with {maker.last_code}")
    return maker.home


def main(words: list[str]) -> int:
    """Check the named pages, or all; print every fault, and counts at the end."""
    pages = [page for page in sorted(PAGES.rglob("*.md")) if not words or page.stem in words]
    faults: list[str] = []
    count = 0
    with tempfile.TemporaryDirectory(prefix="kyogikai-docs-") as name:
        folder = Path(name).resolve()
        for page in pages:
            ran, found = check_page(page, folder / "homes", folder / "pages")
            count += ran
            faults += found
        forget_surveys(folder)
    for fault in faults:
        sys.stderr.write(f"{fault}\n\n")
    sys.stdout.write(f"{len(pages)} pages, {count} examples run, {len(faults)} faults\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
