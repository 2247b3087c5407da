"""Which marts may be published: what each model declares of itself, read from dbt's manifest."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.warehouse.dbt import load_manifest
from schemas.survey import Survey


@dataclass(frozen=True)
class Mart:
    """A section mart: its name, its description, its disclosure, and its columns with their descriptions."""

    name: str
    description: str
    disclosure: str
    columns: dict[str, str]

    @property
    def is_public(self) -> bool:
        """True only where the mart declares `public`: row by row, with names."""
        return self.disclosure == "public"


def list_marts(survey: Survey) -> list[Mart]:
    """Every mart of the survey's sections, by name; one that declares no disclosure is internal."""
    nodes = load_manifest(survey).nodes.values()
    marts = [
        Mart(
            name=node.name,
            description=node.description,
            disclosure=str(node.config.meta.get("disclosure", "internal")),
            columns={name: column.description for name, column in node.columns.items()},
        )
        for node in nodes
        if node.resource_type.value == "model" and node.name.startswith("mart_")
    ]
    return sorted(marts, key=lambda mart: mart.name)
