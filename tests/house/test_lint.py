"""Every security rule of ruff that is switched off, for a line, folder or all, says why."""

import re

from tests.house.floors import PROJECT, SOURCE

OFF = re.compile(r"# noqa: (?P<codes>[A-Z0-9, ]*\bS\d{3}\b[A-Z0-9, ]*)(?P<reason>.*)")


def test_lines_that_are_spared_a_security_rule_say_why() -> None:
    found = [
        (str(path.relative_to(SOURCE)), match["codes"], match["reason"].strip(" -–#"))
        for path in sorted(SOURCE.rglob("*.py"))
        for match in OFF.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found
    assert [each for each in found if len(each[2]) < 4] == []


def test_folders_that_are_spared_a_security_rule_say_why() -> None:
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    ruff = text[text.index("[tool.ruff.lint]") : text.index("[tool.ruff.lint.flake8-tidy-imports]")]
    spared = [line for line in ruff.splitlines() if re.search(r'"S\d{3}"', line)]
    assert len(spared) > 5
    assert [line for line in spared if not re.search(r"# \w{1,}.{10,}", line)] == []
    assert [line for line in ruff[ruff.index("ignores]") :].splitlines() if '"S"' in line] == []
