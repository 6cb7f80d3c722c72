"""Papers as PDF: typst lays out a template with data as JSON.

Fonts are found once, and each template's compiler is kept, so that a second paper takes milliseconds. Whoever prints brings all
words ready, in the reader's language.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import typst

from anlan.documents.rules import FontMissing, PrintingFailed

SERIFS = (
    "Noto Serif CJK SC",
    "Noto Serif SC",
    "Source Han Serif SC",
    "Source Han Serif CN",
    "AR PL UMing CN",
    "SimSun",
)
SANS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
)
FONT_PACKAGE = "pylopdf_fonts_zh_cn"
"""Optional: two Chinese fonts as a Python package, where the system has none."""
PICTURE_PPI = 110.0
_lock = threading.Lock()


@cache
def find_fonts() -> tuple[str, str]:
    """Give the serif and the sans family to print Chinese with. Raises FontMissing."""
    families = set(typst.Fonts(font_paths=_font_paths()).families())
    serif = next((name for name in SERIFS if name in families), "")
    sans = next((name for name in SANS if name in families), "")
    if not serif and not sans:
        raise FontMissing()
    return serif or sans, sans or serif


def _font_paths() -> list[str]:
    spec = find_spec(FONT_PACKAGE)
    return [str(Path(spec.origin).parent)] if spec is not None and spec.origin else []


@cache
def load_template(package: str, name: str) -> typst.Compiler:
    """Load a template of a package with all fonts; kept for the process."""
    file = resources.files(package) / name
    return typst.Compiler(str(file), font_paths=_font_paths())


def print_template(
    package: str, name: str, data: Mapping[str, Any], form: Literal["pdf", "png"] = "pdf"
) -> Any:
    """Print a template with data, to which the families `serif` and `sans` are added. Raises FontMissing, PrintingFailed."""
    serif, sans = find_fonts()
    text = json.dumps(dict(data) | {"serif": serif, "sans": sans}, ensure_ascii=False)
    try:
        with _lock:
            made, warnings = load_template(package, name).compile_with_warnings(
                format=form, sys_inputs={"data": text}, ppi=PICTURE_PPI
            )
    except typst.TypstError as wrong:
        raise PrintingFailed(reason=str(wrong)[:300]) from wrong
    if warnings:
        # A glyph or font that is missing is only a warning, and leaves blank paper.
        raise PrintingFailed(reason="; ".join(str(one) for one in warnings)[:300])
    return made
