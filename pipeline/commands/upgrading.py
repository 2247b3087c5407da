"""The command for a home that an earlier version of the product left."""

from __future__ import annotations

import click
from rich.markup import escape

from pipeline.commands.setting import Setting, pass_setting, stdout, tell_next
from pipeline.home_format import CURRENT


@click.command()
@pass_setting
def upgrade(setting: Setting) -> None:
    """Bring a home of an earlier version to the format that this one writes. The archive and releases stay as they are.

    Keep a copy of the home: an earlier version refuses one that was upgraded. Interrupted, call it again.

    Example: kyogikai upgrade
    """
    from pipeline.upgrade.upgrade import upgrade_home

    count = upgrade_home(setting.home, progress=lambda told: stdout.print(escape(told)))
    if count == 0:
        stdout.print(escape(f"nothing to do: {setting.home.root} has format {CURRENT}"))
        return
    stdout.print(escape(f"upgraded to format {CURRENT}: {setting.home.root}"))
    tell_next("kyogikai run YEAR, then kyogikai verify YEAR, for each year that you work on")
