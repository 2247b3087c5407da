"""`make bench`: the limits of the product, as ratios within this one run. Exit code 1 where one is passed.

`python -m tests.benchmarks [YEARS]`: of how many years the nation's returns are made, ten where it is not said.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rich.console import Console

from pipeline.process import settle
from tests.benchmarks.lines import print_lines
from tests.benchmarks.nation import measure_nation
from tests.benchmarks.prefecture import measure_prefecture


def main(folder: Path, console: Console, year_count: int) -> int:
    """Measure, print, and say by the exit code whether every limit is kept."""
    lines = measure_prefecture(folder, console)
    lines += measure_nation(folder, console, year_count)
    return 0 if print_lines(lines, console) else 1


if __name__ == "__main__":
    settle()
    with tempfile.TemporaryDirectory(prefix="kyogikai-bench-") as place:
        sys.exit(main(Path(place), Console(highlight=False), int(sys.argv[1]) if len(sys.argv) > 1 else 10))
