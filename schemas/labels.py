"""Small models that every declaration shares."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints

PATTERNS = {
    r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$": "words of small letters, digits and _, with dots between them, as council.all",
    r"^[a-z][a-z0-9_.-]*$": "small letters, digits, _, - and dots, a letter first",
    r"^[a-z][a-z0-9_]*$": "small letters, digits and _, a letter first",
    r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$": "words of small letters and digits with hyphens between them, as council-osato",
    r"^[a-z0-9][a-z0-9-]*$": "small letters, digits and hyphens, as no-answer-113697",
    r"^\d{6}$": "a municipality's six digits, in quotation marks",
    r"^(\d{6}|any)$": "a municipality's six digits in quotation marks, or any",
    r"^(\d{2}|all)$": 'the two digits of a prefecture in quotation marks, as "11", or all',
    r"^[A-Z]{1,3}[1-9]\d*$": "the address of one cell in capital letters, as C7",
    r"[\p{L}\p{N}]": "words",
}
"""Every shape that a declared text may have to have, in the words of an error."""
StableId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$")]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]*$")]
Written = Annotated[str, StringConstraints(pattern=r"[\p{L}\p{N}]")]
"""A text in which something can be read: blanks and invisible letters alone are none."""
Year = Annotated[int, Strict()]
Day = Annotated[date, Strict()]
Severity = Literal["error", "warning", "info"]
Disclosure = Literal["public", "aggregate", "internal"]


class Declared(BaseModel):
    """Base of all declared models: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(Declared):
    """A wording in Japanese and, where it is known, in English."""

    ja: str = Field(min_length=1)
    en: str | None = None


def _as_label(value: Any) -> Any:
    return {"ja": value} if isinstance(value, str) else value


Text = Annotated[Label, BeforeValidator(_as_label)]


class Examples(Declared):
    """The four worked cases of a rule or relation: names of what it compares, with values; null is no value."""

    pass_: dict[str, Any] = Field(alias="pass", description="values that pass")
    fail: dict[str, Any] = Field(description="values that fail")
    boundary: dict[str, Any] = Field(description="at the bound, or one step from it")
    boundary_is: Literal["pass", "fail"] = Field(description="the verdict on the boundary")
    unverifiable: dict[str, Any] = Field(description="values of which a needed one is null")

    def cases(self) -> dict[str, tuple[dict[str, Any], str]]:
        """Each case with the verdict it must get."""
        return {
            "pass": (self.pass_, "pass"), "fail": (self.fail, "fail"),
            "boundary": (self.boundary, self.boundary_is), "unverifiable": (self.unverifiable, "unverifiable"),
        }  # fmt: skip
