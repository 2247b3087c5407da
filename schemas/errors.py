"""The errors a user can meet, as a tree.

KyogikaiError
├── UsageError          (exit 2)   the command was called wrongly
├── DeclarationError    (exit 10)  a YAML or CSV declaration is wrong
├── InputError          (exit 11)  a file or folder that a command needs is wrong
└── GateRefusedError    (exit 12)  the release gate did not open

Bad data in a return is never raised: it is a finding. A bug is a traceback.
"""

from collections.abc import Sequence
from typing import Any, ClassVar


class KyogikaiError(Exception):
    """An error that tells where it is, what was found, what was expected and what to do."""

    exit_code: ClassVar[int] = 1

    def __init__(self, *, reference: str, where: str, found: str = "", expected: str = "", fix: str) -> None:
        self.reference = reference
        self.where = where
        self.found = found
        self.expected = expected
        self.fix = fix
        super().__init__(self.render())

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy, in this process or another, holds the same; Python's own way would make it of its text alone."""
        return _copied, (type(self), self.__dict__)

    def render(self) -> str:
        """Return the error as aligned lines: reference, where, found, expected, fix."""
        fields = {"where": self.where, "found": self.found, "expected": self.expected, "fix": self.fix}
        lines = [f"error: {self.reference}"]
        lines += [f"  {name:<9} {text}" for name, text in fields.items() if text]
        return "\n".join(lines)


def _copied(kind: type[KyogikaiError], content: dict[str, Any]) -> KyogikaiError:
    error = kind.__new__(kind)
    error.__dict__.update(content)
    error.args = (error.render(),)
    return error


class UsageError(KyogikaiError):
    """The command was called with words that do not fit together."""

    exit_code = 2


class DeclarationError(KyogikaiError):
    """A declaration (YAML, CSV, Markdown) is wrong; nothing has run."""

    exit_code = 10


class DeclarationErrors(DeclarationError):
    """Several faults of one or more declarations, reported together."""

    def __init__(self, errors: Sequence[DeclarationError]) -> None:
        self.errors = list(errors)
        super().__init__(reference="declarations", where=f"{len(self.errors)} faults", fix="mend each")

    def render(self) -> str:
        """Return every fault, one block each."""
        return "\n".join(error.render() for error in self.errors)


class InputError(KyogikaiError):
    """A file or folder that the command needs is missing or unusable."""

    exit_code = 11


class GateRefusedError(KyogikaiError):
    """A release was refused because its gate has not passed on exactly these inputs."""

    exit_code = 12


def raise_all(errors: Sequence[DeclarationError]) -> None:
    """Raise one error for all faults found; do nothing when there are none."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise DeclarationErrors(errors)
