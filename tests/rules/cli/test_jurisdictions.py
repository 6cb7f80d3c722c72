"""A folder that names no jurisdiction is refused in words, whatever is wrong with it."""

from pathlib import Path

import click
import pytest

from anlan.cli.jurisdictions import read_code


def test_the_code_is_read(tmp_path: Path) -> None:
    (tmp_path / "jurisdiction.yaml").write_text("code: cn-test\n", encoding="utf-8")
    assert read_code(tmp_path) == "cn-test"


@pytest.mark.parametrize("text", [None, b"name: x\n", b"- a\n", b"a: [\n", b"\xff\xfe", b""])
def test_a_folder_without_one_is_refused(tmp_path: Path, text: bytes | None) -> None:
    if text is not None:
        (tmp_path / "jurisdiction.yaml").write_bytes(text)
    with pytest.raises(click.ClickException, match="names no jurisdiction"):
        read_code(tmp_path)
