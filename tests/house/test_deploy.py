"""What is shipped to put anlan into operation fits the program: units, container, environment."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from anlan.cli import COMMANDS
from anlan.config import env
from tests.container.steps import read_stages, read_steps
from tests.house.floors import PROJECT

DEPLOY = PROJECT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
HARDENED = (
    "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes",
    "PrivateDevices=yes", "CapabilityBoundingSet=", "RestrictNamespaces=yes", "UMask=0077",
    "LimitCORE=0",
)  # fmt: skip


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_are_hardened_and_start_commands_that_exist(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert [wanted for wanted in HARDENED if wanted not in lines] == []
    assert "User=anlan" in lines
    started = re.findall(r"^Exec\w+=/opt/anlan/bin/anlan (\w+)", text, re.MULTILINE)
    assert started
    assert set(started) <= set(COMMANDS)


def test_units_are_taken_by_systemd(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian: apt install systemd)")
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/opt/anlan/bin/anlan", "/bin/true")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(map(str, tmp_path.glob("*.service")))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "anlan" in line]
    assert said == []


def test_alert_rules_are_taken_by_prometheus_and_fire(tmp_path: Path) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed (Debian: apt install prometheus)")
    for rules in (
        DEPLOY / "prometheus" / "anlan.rules.yaml",
        Path(__file__).parent / "alerts.yaml",
    ):
        shutil.copy(rules, tmp_path)
    done = subprocess.run(
        ["promtool", "test", "rules", "alerts.yaml"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_variable_that_is_set_exists() -> None:
    known = {variable.name for variable in env.VARIABLES}
    for file in DEPLOY.rglob("*"):
        if file.is_file():
            named = set(re.findall(r"\bANLAN_[A-Z_]+", file.read_text(encoding="utf-8")))
            assert named - known == set(), file.name


def test_the_container_runs_without_rights_and_copies_what_exists() -> None:
    steps = read_steps()
    known = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL",
             "HEALTHCHECK", "ENTRYPOINT", "CMD"}  # fmt: skip
    assert {step for step, _ in steps} <= known
    for step, what in steps:
        if step == "COPY" and not what.startswith("--from"):
            names = what.split()[:-1]
            assert [name for name in names if not (PROJECT / name).exists()] == []
            assert not {".", "./", "*"} & set(names), "only what is named, or a key comes along"
        if step in ("ENTRYPOINT", "CMD"):
            assert json.loads(what)
    assert json.loads(steps[-1][1])[0] in COMMANDS
    assert not re.search(r"https?://|index-url", " ".join(what for s, what in steps if s == "RUN"))
    last = [step for step, _ in read_stages()[-1].steps]
    user = int(dict(read_stages()[-1].steps)["USER"].split(":")[0])
    assert user > 0
    assert "RUN" not in last[last.index("USER") :]
    assert "COPY" not in last[last.index("USER") :]


def test_no_secret_is_in_the_container() -> None:
    secrets = {variable.name for variable in env.VARIABLES if variable.is_secret}
    assert secrets
    for step, what in read_steps():
        if step == "ENV":
            named = {word.partition("=")[0] for word in what.split()}
            assert not {n for n in named if n in secrets or n.removesuffix("_FILE") in secrets}
    shipped = [path.name for path in (PROJECT / "src").rglob("*") if path.is_file()]
    assert len(shipped) > 300
    assert [name for name in shipped if re.search(r"\.(key|pem|ring|archive|age|env)$", name)] == []


def test_what_comes_from_one_stage_was_made_there() -> None:
    stages = {stage.name or str(number): stage for number, stage in enumerate(read_stages())}
    for stage in stages.values():
        for step, what in stage.steps:
            if step == "COPY" and what.startswith("--from="):
                origin, path, _ = what.removeprefix("--from=").split()
                made = " ".join(said for done, said in stages[origin].steps if done == "RUN")
                assert path in made
    assert len({stage.base for stage in stages.values()}) == 1, (
        "a venv fits the Python it was made by"
    )
