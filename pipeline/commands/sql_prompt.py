"""The prompt of `kyogikai sql`: names are completed, and a query ends with a semicolon."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from pipeline.commands.setting import stderr
from pipeline.warehouse.sql import Answered, SqlSession
from schemas.errors import UsageError

HELP = "a query ends with ;   .tables lists tables, .columns TABLE its columns, .exit (or Ctrl-D) ends"


class SqlCompleter(Completer):
    """Completes tables, columns and words of the language; behind a table's name and a dot its columns alone."""

    def __init__(self, tables: dict[str, list[str]], keywords: Iterable[str]) -> None:
        self._tables = tables
        names = [*tables, *(column for columns in tables.values() for column in columns), *keywords]
        self._names = sorted(dict.fromkeys(names))

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """What the word before the cursor may become."""
        word = document.get_word_before_cursor(pattern=None, WORD=True).split("(")[-1].split(",")[-1]
        table, dot, begin = word.rpartition(".")
        names = self._tables.get(table, []) if dot else self._names
        for name in names:
            if name.lower().startswith(begin.lower()) and (begin or dot):
                yield Completion(name, start_position=-len(begin))


def prompt_for_queries(session: SqlSession, show: Callable[[Answered], None]) -> None:
    """Ask for queries until there are no more; one that fails is told, and the next is asked for."""
    tables = session.tables()
    prompt: PromptSession[str] = PromptSession(completer=SqlCompleter(tables, session.keywords()))
    stderr.print(f"[dim]{HELP}[/]")
    while (text := _ask(prompt)) is not None:
        if text == ".tables":
            show(Answered(["table"], [(name,) for name in tables]))
        elif text.startswith(".columns"):
            show(Answered(["column"], [(name,) for name in tables.get(text.removeprefix(".columns").strip(), [])]))
        elif text.startswith("."):
            stderr.print(HELP, markup=False)
        elif text:
            try:
                for answered in session.answer(text):
                    show(answered)
            except UsageError as error:
                stderr.print(error.found, markup=False)
            except KeyboardInterrupt:
                stderr.print("stopped")


def _ask(prompt: PromptSession[str]) -> str | None:
    """The next query, over as many lines as it takes; None at the end."""
    lines: list[str] = []
    try:
        while True:
            line = prompt.prompt("sql> " if not lines else "...> ").rstrip()
            if not lines and line.startswith("."):
                return None if line == ".exit" else line
            lines.append(line)
            if line.endswith(";") or not "".join(lines):
                return "\n".join(lines).strip()
    except KeyboardInterrupt:
        return ""
    except EOFError:
        return None
