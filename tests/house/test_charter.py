"""The charter's forbidden uses, each with a planted violation that the rule must find."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps

from tests.house import charter
from tests.house.charter import Table
from tests.house.floors import (
    PROJECT,
    SOURCE,
    get_charter_rooms,
    get_floors,
    list_modules,
    list_nodes,
)

NEVER_READ_PERSONS = {
    "triage",
    "telemetry",
    "antifraud",
    "rollup",
    "cockpit",
    "situation",
    "assessment",
}


def list_tables() -> list[Table]:
    return [
        Table(
            model._meta.app_label,
            model._meta.db_table,
            tuple(field.column for field in model._meta.concrete_fields),
        )
        for model in apps.get_models()
        if model.__module__.startswith("anlan.")
    ]


# Recognition


@pytest.mark.parametrize("file", ["requirements.lock", "requirements-dev.lock", "pyproject.toml"])
def test_nothing_that_recognises_faces_or_plates_is_installed(file: str) -> None:
    text = (PROJECT / file).read_text(encoding="utf-8")
    packages = charter.list_packages(text)
    assert {"django", "pillow"} <= set(packages), "the reading of the file does not work any more"
    assert charter.find_recognition(packages) == []
    planted = text.replace("pillow", "face_recognition").replace("shapely", "opencv-python")
    assert charter.find_recognition(charter.list_packages(planted)) == [
        "face-recognition",
        "opencv-python",
    ]


def recognition_imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
            names = [str(each.value) for each in node.args if isinstance(each, ast.Constant)]
        yield from (n for n in names if n.split(".")[0] in charter.RECOGNITION_MODULES)


def test_nothing_that_recognises_is_imported_even_if_it_happens_to_be_installed() -> None:
    found = [
        (str(path.relative_to(SOURCE)), name)
        for path in list_modules()
        for name in recognition_imports(list_nodes(path))
    ]
    assert found == []
    planted = ast.walk(ast.parse("import cv2\nfrom dlib import net"))
    assert list(recognition_imports(planted)) == ["cv2", "dlib"]
    planted = ast.walk(ast.parse("importlib.import_module('face_recognition')"))
    assert list(recognition_imports(planted)) != []


# Scores and ranks of persons


def test_no_column_judges_a_person() -> None:
    tables = list_tables()
    assert {"people_person", "intake_contact", "dispatch_dispatch"} <= {
        table.name for table in tables if table.is_about_persons
    }
    assert charter.find_judgements(tables) == []


@pytest.mark.parametrize(
    ("room", "name", "column"),
    [
        ("people", "people_person", "risk_level"),
        ("intake", "intake_contact", "trust"),
        ("dispatch", "dispatch_dispatch", "rank"),
        ("cases", "cases_case", "reporter_score"),
        ("cases", "cases_petitioner", "id"),
        ("sites", "sites_site", "blacklisted"),
        ("documents", "documents_document", "face_embedding"),
        ("people", "people_person", "social_credit"),
    ],
)
def test_a_planted_judgement_is_found(room: str, name: str, column: str) -> None:
    have = next((t.columns for t in list_tables() if t.name == name), ("id",))
    planted = Table(room, name, (*have, column))
    if column != "id":
        assert f"{name}.{column}" in charter.find_judgements([planted])
    else:
        assert charter.find_judgements([planted]) != []


def api_fields(schema: Any) -> Iterator[str]:
    """Walk an OpenAPI description and give the name of every property and parameter."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        if "in" in schema and isinstance(schema.get("name"), str):
            yield schema["name"]
        for value in schema.values():
            yield from api_fields(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from api_fields(value)


def test_no_field_of_the_api_judges_a_person() -> None:
    from anlan.api.urls import api

    names = set(api_fields(api.get_openapi_schema(path_prefix="/api/v1/")))
    assert {"tracking_code", "text"} <= names, "the walk does not reach the fields any more"
    assert charter.find_judging_fields(names) == []
    planted = {"properties": {"reporter": {"properties": {"trust": {}, "person_score": {}}}}}
    assert set(charter.find_judging_fields(api_fields(planted))) == {"trust", "person_score"}


def test_figures_have_no_column_for_persons() -> None:
    figures = [table for table in list_tables() if table.room in NEVER_READ_PERSONS - {"triage"}]
    assert any(table.name == "rollup_daily" for table in figures)
    assert {
        table.name: charter.find_persons(table) for table in figures if charter.find_persons(table)
    } == {}
    assert charter.find_persons(Table("rollup", "rollup_daily", ("place_id", "person_id"))) == [
        "person_id"
    ]


# Speech, petitions, assembly


def catalogues() -> list[Path]:
    return [
        path
        for path in sorted(PROJECT.rglob("matters.yaml"))
        if not {".venv", "build", "dist"} & set(path.relative_to(PROJECT).parts)
    ]


def entries_of(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["matters"]
    return found


@pytest.mark.parametrize("path", catalogues(), ids=lambda path: path.parent.name)
def test_no_matter_counts_speech_petitions_or_assembly(path: Path) -> None:
    entries = entries_of(path)
    assert len(entries) >= 5
    assert charter.find_speech(entries) == []
    for planted in (
        {"code": "PETITION", "name": "越级来访", "name_en": "Visit to a higher level"},
        {"code": "CROWD", "name": "聚集", "keywords": ["上访"]},
        {"code": "ONLINE", "name": "网络舆情"},
        {"code": "PUBLIC_ASSEMBLY", "name": "活动"},
    ):
        assert charter.find_speech([*entries, planted]) != []


def test_the_shipped_catalogues_are_found() -> None:
    folders = {path.parent.name for path in catalogues()}
    assert {"cn-zhejiang", "small"} <= folders


def test_no_figure_counts_speech_petitions_or_assembly() -> None:
    names = [column for table in list_tables() for column in table.columns]
    assert charter.find_speech([{"code": name, "name": name} for name in names]) == []


# Third parties


def own_pages() -> list[Path]:
    return [
        path
        for path in sorted(SOURCE.rglob("*"))
        if path.suffix in {".html", ".js", ".css", ".svg", ".webmanifest"}
        and "vendor" not in path.parts
    ]


def test_pages_load_nothing_from_third_parties() -> None:
    pages = own_pages()
    assert len(pages) > 40
    found = {
        str(path.relative_to(SOURCE)): wrong
        for path in pages
        if (wrong := charter.find_third_parties(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "planted",
    [
        '<script src="https://cdn.example/x.js"></script>',
        "<img alt='' src='//tracker.example/p.gif'>",
        '<link rel="stylesheet" href="https://fonts.example/css">',
        '<form method="post" action="https://elsewhere.example/">',
        "@import url(https://fonts.example/a.css);",
        "body { background: url('//img.example/a.png') }",
        'fetch("https://api.example/v1")',
        "navigator.sendBeacon('//stats.example/b')",
        'import x from "https://esm.example/x"; ',
        "new WebSocket(`wss://push.example`)",
        'image.src = "https://tiles.example/1.png"',
    ],
)
def test_a_planted_third_party_is_found(planted: str) -> None:
    assert charter.find_third_parties(planted) != []


@pytest.mark.parametrize(
    "harmless",
    [
        '<a href="https://www.gov.cn/">law</a>',
        '<svg xmlns="http://www.w3.org/2000/svg">',
        'fetch("/desk/counts")',
        '<img src="/static/web/img/mark.svg" alt="">',
    ],
)
def test_what_loads_nothing_is_left_alone(harmless: str) -> None:
    assert charter.find_third_parties(harmless) == []


# Rooms that never read persons


def test_every_room_that_classifies_counts_or_analyses_is_under_the_contract() -> None:
    there = NEVER_READ_PERSONS & set(get_floors())
    assert {"triage", "rollup"} <= there
    assert there - set(get_charter_rooms()) == set()


LINT = """
import sys
sys.path.insert(0, "src")
from importlinter.cli import lint_imports
raise SystemExit(lint_imports(cache_dir=None))
"""


def break_contracts(folder: Path, contracts: str) -> str:
    """Copy the product, plant imports of people in rooms under the charter, ask the linter."""
    copy = folder / "src" / "anlan"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("static", "locale", "__pycache__"))
    with (copy / "rollup" / "queries.py").open("a", encoding="utf-8") as file:
        file.write("\nfrom anlan.people import queries as _planted  # noqa\n")
    with (copy / "triage" / "rules.py").open("a", encoding="utf-8") as file:
        file.write("\nfrom anlan.people import rules as _planted  # noqa\n")
    (folder / "pyproject.toml").write_text(contracts, encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            LINT,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_a_planted_import_of_people_breaks_the_contract(tmp_path: Path) -> None:
    contracts = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    every = tomllib.loads(contracts)["tool"]["importlinter"]["contracts"]
    assert every[-1]["name"].startswith("Charter")
    told = break_contracts(tmp_path, contracts)
    assert re.search(r"Charter: who classifies.* BROKEN", told), told
    assert "anlan.rollup.queries -> anlan.people.queries" in told
    assert "anlan.triage.rules -> anlan.people.rules" in told
