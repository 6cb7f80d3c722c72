"""Every environment variable is in the table, and the table is in the documentation."""

import re

from anlan.cli.settings import as_markdown
from anlan.config import env
from tests.house.floors import PROJECT, list_modules


def test_the_settings_page_is_what_the_table_says() -> None:
    page = PROJECT / "docs" / "reference" / "settings.md"
    told = "run: .venv/bin/anlan settings --markdown > docs/reference/settings.md"
    assert page.read_text(encoding="utf-8") == as_markdown(), told


def test_no_variable_is_read_that_is_not_in_the_table() -> None:
    known = {variable.name for variable in env.VARIABLES}
    named = {
        name
        for path in list_modules()
        for name in re.findall(r"[\"'](ANLAN_[A-Z]+[A-Z_]*)[\"']", path.read_text(encoding="utf-8"))
    }
    named.discard("ANLAN_ERROR")  # the code of the root of all errors
    assert named <= known, named - known


def test_every_variable_says_what_it_is_for() -> None:
    assert [variable.name for variable in env.VARIABLES if not variable.help.endswith(".")] == []
