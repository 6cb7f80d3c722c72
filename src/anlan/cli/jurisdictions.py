"""Which jurisdiction a folder of data is about; asked by the commands that load from one."""

from __future__ import annotations

from pathlib import Path

import click

from anlan.kernel.reading import YamlUnreadable, read_yaml

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def read_code(folder: Path) -> str:
    """Read the jurisdiction's code from FOLDER/jurisdiction.yaml. Raises ClickException."""
    try:
        return str(read_yaml((folder / "jurisdiction.yaml").read_text(encoding="utf-8"))["code"])
    except (OSError, UnicodeError, YamlUnreadable, KeyError, TypeError) as wrong:
        raise click.ClickException(
            f"{folder}/jurisdiction.yaml names no jurisdiction: {wrong}"
        ) from wrong
