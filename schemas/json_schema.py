"""JSON Schemas of the declarations, generated from their models: `python -m schemas.json_schema [--check]`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import BaseModel

from schemas.bundle import PROJECT_ROOT
from schemas.corrections import CorrectionFile
from schemas.figures import FigureFile
from schemas.passwords import PasswordFile
from schemas.questionnaire import Questionnaire
from schemas.relations import RelationFile
from schemas.rules import RuleFile
from schemas.waivers import WaiverFile

FOLDER = PROJECT_ROOT / "schemas" / "json"
MODELS: dict[str, type[BaseModel]] = {
    "questionnaire": Questionnaire, "figures": FigureFile, "relations": RelationFile, "rules": RuleFile,
    "waivers": WaiverFile, "corrections": CorrectionFile, "passwords": PasswordFile,
}  # fmt: skip


def render(model: type[BaseModel]) -> str:
    """The JSON Schema of a declaration as text; a file that is `based_on` another year may leave keys out."""
    schema = model.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def stale(folder: Path = FOLDER) -> list[Path]:
    """The schema files that are not what the models say."""
    return [
        path
        for name, model in MODELS.items()
        if not (path := folder / f"{name}.schema.json").exists() or path.read_text(encoding="utf-8") != render(model)
    ]


def main(arguments: list[str]) -> int:
    """Write the schemas, or with --check only say which are out of date."""
    if "--check" in arguments:
        outdated = stale()
        for path in outdated:
            sys.stderr.write(f"out of date: {path.name}; run `make fix`\n")
        return 1 if outdated else 0
    FOLDER.mkdir(exist_ok=True)
    for name, model in MODELS.items():
        (FOLDER / f"{name}.schema.json").write_text(render(model), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
