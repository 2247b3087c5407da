"""Where the product's own survey, its dbt project and its lock lie: in the repository, or in what a wheel installs.

A wheel puts `schemas` and `pipeline` beside a folder `kyogikai_bundle`, which is laid out as the repository is and holds
everything that is no Python.
"""

from __future__ import annotations

from pathlib import Path

CODE_ROOT = Path(__file__).resolve().parent.parent
"""Holds the packages `schemas` and `pipeline`."""
_BUNDLE = CODE_ROOT / "kyogikai_bundle"
IS_INSTALLED = _BUNDLE.is_dir()
"""Whether the code runs from a wheel, and so may write nothing beside itself."""
PROJECT_ROOT = _BUNDLE if IS_INSTALLED else CODE_ROOT
"""Holds `schemas/<kind>`, `data/`, `dbt_project/`, `workspace.yaml` and `requirements.txt`."""
