"""Small models that every declaration shares."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

StableId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$")]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]*$")]
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
