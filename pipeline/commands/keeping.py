"""Commands that keep what cannot be made again: a backup, and a home from it."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from pipeline.commands.setting import Setting, pass_setting, stderr, stdout, tell_next


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--with-passwords", is_flag=True, help="Put passwords.yaml into it too: whoever has the file has them then."
)
@pass_setting
def backup(setting: Setting, file: Path, with_passwords: bool) -> None:
    """Write all of a home that cannot be made again into one new .tar.gz file, each file with its hash.

    That is the archive, the ledger, decisions, queries, releases, and what lies in the inbox uncollected. A run that is under way
    is waited for. A home that holds something damaged is refused, so that no bad backup takes the place of a good one.

    Example: kyogikai backup /mnt/backup/2024-12-02.tar.gz
    """
    from pipeline.backup.write import write_backup

    def tell_waiting() -> None:
        stderr.print("another run is writing to this home; waiting until it has ended")

    with stderr.status("backup …"):
        listed = write_backup(setting.home, file, with_passwords=with_passwords, waiting=tell_waiting)
    stdout.print(escape(f"backup: {file}, {len(listed.files)} files"))
    if setting.home.passwords.exists() and not with_passwords:
        stderr.print(escape(f"[not in it: {setting.home.passwords.name}; keep a copy where secrets are kept]"))
    tell_next(f"keep a copy of it on another machine; to see that it is whole: kyogikai restore {file} --check")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="Read the backup to its end and compare every hash; restore nothing.")
@pass_setting
def restore(setting: Setting, file: Path, check: bool) -> None:
    """Make a home again from a backup: all of it, or nothing. The folder must be new or empty.

    What a backup does not hold is made again by the next run of each year.

    Example: kyogikai --home new restore /mnt/backup/2024-12-02.tar.gz
    """
    from pipeline.backup.restore import check_backup, restore_backup

    with stderr.status("restore …"):
        listed = check_backup(file) if check else restore_backup(file, setting.home.root)
    told = f"{len(listed.files)} files, backed up on {listed.made_at[:10]} by Kyogikai {listed.made_with}"
    if check:
        stdout.print(escape(f"whole: {told}"))
        return
    stdout.print(escape(f"restored: {setting.home.root}, {told}"))
    tell_next("for each year: kyogikai run YEAR, and for each that was released: kyogikai verify YEAR")
