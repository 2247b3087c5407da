"""The demo returns of one year: `python -m tests.benchmarks.make_returns HOME SURVEY YEAR`."""

from __future__ import annotations

import sys
from pathlib import Path

from pipeline.demo.demo import make_demo
from pipeline.home import Home
from pipeline.process import settle
from schemas.survey import Survey

if __name__ == "__main__":
    settle()
    make_demo(Home(Path(sys.argv[1])), Survey(Path(sys.argv[2])), years=[int(sys.argv[3])])
