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
