"""Dagster's own folder of a home, with the settings that come with the product."""

from __future__ import annotations

from pathlib import Path

from pipeline.home import Home, write_atomically

SETTINGS = Path(__file__).with_name("dagster.yaml")


def prepare(home: Home) -> Path:
    """Where Dagster's history of a home lies, made where it is not there; the settings are renewed."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    write_atomically(home.dagster / SETTINGS.name, SETTINGS.read_bytes())
    return home.dagster
