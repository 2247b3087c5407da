"""How well printed documents are read: `python -m tests.reconcile_scores [COUNT]` prints precision and recall.

The documents are made from the published figures by `tests/support/printing.py`, which knows nothing of the reader.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipeline.home import PROJECT_ROOT
from pipeline.reconcile.reconcile import Reconciliation, reconcile_document
from schemas.survey import Survey, YearDeclarations
from tests.support.printing import PARTITIONS, Printed, print_report


@dataclass
class Score:
    """Of what was said, how much is right; of what there is, how much was said."""

    right: int = 0
    said: int = 0
    there: int = 0

    @property
    def precision(self) -> float:
        """Share of what was said."""
        return self.right / self.said if self.said else 1.0

    @property
    def recall(self) -> float:
        """Share of what there is."""
        return self.right / self.there if self.there else 1.0


def score_documents(declarations: YearDeclarations, folder: Path, seeds: range) -> tuple[Score, Score, list[str]]:
    """Scores over figures and over violated relations, and what was read wrongly."""
    figures, relations, wrong = Score(), Score(), []
    for seed in seeds:
        printed = print_report(declarations, folder, seed)
        found = reconcile_document(printed.path, declarations, None)
        wrong += _add_figures(figures, printed, found)
        wrong += _add_relations(relations, printed, found)
    return figures, relations, wrong


def _add_figures(score: Score, printed: Printed, found: Reconciliation) -> list[str]:
    values = {name: value for name, value in printed.values.items() if not name.startswith("G")}
    score.there += len(values)
    wrong = []
    for figure in found.figures:
        if figure.printed is None or figure.verdict == "unknown" or figure.published_id is None:
            continue
        score.said += 1
        is_right = figure.published_id in values and figure.value == values[figure.published_id]
        score.right += is_right
        if not is_right:
            wrong.append(
                f"{printed.path.name} {figure.published_id} {figure.label}: read {figure.printed} at {figure.place}"
            )
    said = {figure.published_id for figure in found.figures if figure.printed}
    return wrong + [f"{printed.path.name} {name}: not found" for name in values if name not in said]


def _add_relations(score: Score, printed: Printed, found: Reconciliation) -> list[str]:
    judged = {*(name for name, _, _ in PARTITIONS), "R21", "R22"}
    violated = {r.published_relation for r in found.relations if r.verdict == "violated"} & judged
    score.there += len(printed.broken)
    score.said += len(violated)
    score.right += len(violated & printed.broken)
    return [f"{printed.path.name} {name}: wrongly judged" for name in sorted(map(str, violated ^ printed.broken))]


def main(arguments: list[str]) -> int:
    """Print the scores over COUNT documents, 45 unless told."""
    count = int(arguments[0]) if arguments else 45
    with tempfile.TemporaryDirectory() as folder:
        figures, relations, wrong = score_documents(Survey(PROJECT_ROOT).load_year(2024), Path(folder), range(count))
    for line in wrong:
        sys.stdout.write(f"{line}\n")
    for name, score in (("figures", figures), ("violated relations", relations)):
        sys.stdout.write(
            f"{count} documents, {name}: precision {score.precision:.3f}, recall {score.recall:.3f} ({score.right} of {score.there})\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
