"""Every file that a page names is there, the joined ones whole and each part in its own words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from anlan.web import bundles

TEMPLATES = Path(bundles.__file__).parent / "templates"


def test_templates_name_files_that_exist() -> None:
    named = {
        name
        for page in TEMPLATES.rglob("*.html")
        for name in re.findall(r"""\{% static ['"]([^'"]+)['"] %\}""", page.read_text("utf-8"))
    }
    assert len(named) > 15
    assert {name for name in named if finders.find(name) is None} == set()


@pytest.mark.parametrize("name", bundles.BUNDLES)
def test_a_joined_file_holds_all_its_parts(name: str) -> None:
    found = finders.find(name)
    assert isinstance(found, str)
    joined = Path(found).read_text(encoding="utf-8")
    for part in bundles.BUNDLES[name]:
        assert (bundles.SOURCES / part).read_text(encoding="utf-8").strip() in joined
    assert [path for path, _storage in bundles.BundleFinder().list(None)] == list(bundles.BUNDLES)


def test_a_changed_part_is_joined_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "SOURCES", tmp_path)
    monkeypatch.setattr(bundles, "BUNDLES", {"a.js": ("one.js", "two.js")})
    (tmp_path / "one.js").write_text("let one = 1", encoding="utf-8")
    (tmp_path / "two.js").write_text("let two = 2", encoding="utf-8")
    assert Path(bundles.BundleFinder().find("a.js")).read_text() == "let one = 1\n;\nlet two = 2\n"
    (tmp_path / "two.js").write_text("let two = 3", encoding="utf-8")
    assert "two = 3" in Path(bundles.BundleFinder().find("a.js")).read_text()
    assert bundles.BundleFinder().find("b.js") is None
