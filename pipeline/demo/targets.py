"""What a demo year should come out as, and what its returns should be like: `data/demo/*.yaml` as models.

`<year>.yaml` holds the figures to reach; `common.yaml` holds habits that all years share. Both may be absent.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from schemas.errors import DeclarationError, raise_all
from schemas.labels import Declared, StableId
from schemas.parsing import parse_model
from schemas.reference import KIND_LETTERS
from schemas.survey import Survey, YearDeclarations
from schemas.yaml_source import YamlDocument, read_yaml

_TARGET = re.compile(r"^(\d+)\s*([^\d\s]*)$")


class Target(Declared):
    """A figure's value and, where its unit is a word of kinds, that word; the word's letters are the kinds counted."""

    value: int
    word: str = ""


def _as_target(value: Any) -> Any:
    match = _TARGET.match(str(value).strip())
    return {"value": int(match.group(1)), "word": match.group(2)} if match else value


TargetLike = Annotated[Target, BeforeValidator(_as_target)]


class Spread(Declared):
    """How a free number is drawn: around `mean`, between a `low` and a `high` share of it.

    With `by_size` the mean is that of a municipality of size 1.
    """

    mean: float = Field(gt=0)
    low: float = Field(0.4, ge=0)
    high: float = Field(1.6, ge=0)
    by_size: bool = False


class DaySpread(Declared):
    """The days among which a free date is drawn."""

    days: tuple[date, ...] = Field(min_length=1)


class Habits(Declared):
    """`common.yaml`: what free answers are like.

    `from_register` says which questions repeat the kind (single or joint) of the entity that a register question
    names. `leaning` (0 to 1) is how far an active municipality chooses more, or earlier, options. `shares` are
    chances of options that no figure fixes. `sizes` are relative sizes by kind or by municipality code, invented.
    `texts` are wordings by question; a mapping picks by the option chosen in the question named `by`.
    """

    from_register: dict[StableId, StableId] = Field(default_factory=dict)
    leaning: dict[StableId, float] = Field(default_factory=dict)
    shares: dict[StableId, dict[str, float]] = Field(default_factory=dict)
    spreads: dict[StableId, Spread] = Field(default_factory=dict)
    rows: dict[StableId, Spread] = Field(default_factory=dict)
    days: dict[StableId, DaySpread] = Field(default_factory=dict)
    blanks: dict[StableId, float] = Field(default_factory=dict)
    sizes: dict[str, float] = Field(default_factory=dict)
    texts: dict[StableId, tuple[str, ...] | dict[str, tuple[str, ...]]] = Field(default_factory=dict)
    texts_by: dict[StableId, StableId] = Field(default_factory=dict)
    other_text: tuple[str, ...] = ("（その他の内容）",)


class Targets(Declared):
    """`<year>.yaml`: the figures to reach, and how the year differs from the one it lies near.

    `near` names the year whose answers most municipalities keep; `change` is the share of answers that move.
    `absent` are registered entities that did not exist yet; `drift` multiplies the numbers of a question.
    """

    year: int
    seed: int = 0
    near: int | None = None
    change: float = Field(0.1, ge=0, le=1)
    drift: dict[StableId, float] = Field(default_factory=dict)
    absent: tuple[str, ...] = ()
    unanswered: dict[StableId, int] = Field(default_factory=dict)
    figures: dict[StableId, TargetLike] = Field(default_factory=dict)
    habits: Habits = Habits()


def demo_folder(survey: Survey) -> Path:
    """Folder of the demo's targets and habits."""
    return survey.root / "data" / "demo"


def load_targets(survey: Survey, declarations: YearDeclarations) -> Targets:
    """Load a year's targets with the common habits; a file that is absent fixes nothing.

    Raises DeclarationError, with file and line, for a target that names no countable figure.
    """
    folder = demo_folder(survey)
    common, own = folder / "common.yaml", folder / f"{declarations.year}.yaml"
    habits = parse_model(read_yaml(common), Habits) if common.exists() else Habits()
    if not own.exists():
        return Targets(year=declarations.year, seed=declarations.year, habits=habits)
    document = read_yaml(own)
    targets = parse_model(document, Targets)
    raise_all(_target_faults(document, targets, declarations))
    return targets.model_copy(update={"habits": habits})


def _target_faults(document: YamlDocument, targets: Targets, declarations: YearDeclarations) -> list[DeclarationError]:
    letters = {KIND_LETTERS[m.kind] for m in declarations.municipalities}
    faults: list[DeclarationError] = []
    for name, target in targets.figures.items():
        where = f"{document.where(('figures', name))}, '{name}'"
        figure = declarations.figures.get(name)
        if figure is None or figure.operation not in ("count", "sum"):
            faults.append(DeclarationError(
                reference="unknown-target", where=where, found=name, expected="a figure that counts or sums",
                fix=f"correct the id, or declare it in figures/{declarations.year}.yaml",
            ))  # fmt: skip
        elif target.word and (figure.grain != "municipality" or not set(target.word) <= letters):
            faults.append(DeclarationError(
                reference="unknown-unit-word", where=where, found=target.word,
                expected=f"letters of {'、'.join(sorted(letters))}, at municipality grain", fix="correct the word",
            ))  # fmt: skip
    return faults
