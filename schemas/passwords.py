"""Passwords of the files that municipalities send: secret, so that no error quotes what stands in their file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.errors import DeclarationError, DeclarationErrors
from schemas.labels import Declared
from schemas.parsing import parse_model
from schemas.yaml_source import read_yaml

ANY = "any"
Whose = Annotated[str, StringConstraints(pattern=r"^(\d{6}|any)$")]
Password = Annotated[str, StringConstraints(min_length=1)]
EXPECTED = (
    "`passwords:`, below it a six-digit code in quotation marks, or any, with a list of passwords in quotation marks"
)


class PasswordFile(Declared):
    """`passwords.yaml` of a home."""

    passwords: dict[Whose, tuple[Password, ...]] = Field(
        description="by municipality code in quotation marks, or `any`: a list of passwords in quotation marks"
    )


@dataclass(frozen=True)
class Passwords:
    """The known passwords, by municipality code or `any`. Printing it shows none of them."""

    by_owner: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def likely(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Every password once, the most likely first: of these municipalities, of any, then of the others."""
        owners = dict.fromkeys([*codes, ANY, *self.by_owner])
        return tuple(dict.fromkeys(password for owner in owners for password in self.by_owner.get(owner, ())))


def load_passwords(path: Path) -> Passwords:
    """The passwords of a home; none where it has no file of them.

    Raises DeclarationError, which names the line and quotes nothing of it, for a file that is not written as it must be, and
    for one with nearly the right name.
    """
    for near in (path.with_suffix(".yml"), path.with_suffix(".txt"), path.with_name("password.yaml")):
        if near.exists():
            raise DeclarationError(
                reference="nearly-named",
                where=str(near),
                found=near.name,
                expected=path.name,
                fix="rename it, or move it away",
            )
    if not path.exists():
        return Passwords()
    try:
        return Passwords(parse_model(read_yaml(path), PasswordFile).passwords)
    except DeclarationErrors as error:
        where = error.errors[0].where
    except DeclarationError as error:
        where = error.where
    raise DeclarationError(
        reference="unreadable-passwords", where=where.partition(", key ")[0], expected=EXPECTED,
        fix="correct the file at that line; what stands there is not shown",
    ) from None  # fmt: skip
