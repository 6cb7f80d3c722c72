"""Every text a person may read, found in code and templates, and the Chinese file they go to.

`python -m tests.house.messages` (make messages) adds new texts to the file, empty, and drops
those that are used no more; gettext need not be installed. Texts are: calls of gettext in
Python, {% translate %} and {% blocktranslate %} in templates, and the docstring of every error.
"""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
from django.utils.translation.template import templatize

from anlan.kernel.errors import AnlanError
from tests.house.floors import SOURCE, list_modules, list_nodes

CHINESE = SOURCE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"

_CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
_STRING = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
_IN_TEMPLATE = re.compile(
    rf"(?<!\w)(?:(?P<context>n?pgettext)\((?P<of>{_STRING}), *|(?:_|n?gettext)\()"
    rf"(?P<one>{_STRING})(?:, *(?P<many>{_STRING}))?"
)

# Context or nothing, singular, plural or nothing.
Message = tuple[str, str, str]


@cache
def find_messages() -> dict[Message, str]:
    """Map every message to the first file that holds it."""
    found: dict[Message, str] = {}
    for path in list_modules():
        for message in _in_python(path):
            found.setdefault(message, path.relative_to(SOURCE).as_posix())
    for path in sorted([*SOURCE.rglob("*.html"), *SOURCE.rglob("*.txt")]):
        if "templates" in path.parts:
            for message in _in_template(path):
                found.setdefault(message, path.relative_to(SOURCE).as_posix())
    for error in _errors():
        found.setdefault(("", error.template(), ""), error.__module__)
    return found


def find_untranslated() -> list[str]:
    """List what has no Chinese yet, or a Chinese that is marked as doubtful."""
    have = {
        (entry.msgctxt or "", entry.msgid, entry.msgid_plural or ""): entry
        for entry in polib.pofile(str(CHINESE))
    }
    return [
        f"{where}: {message[1]}"
        for message, where in find_messages().items()
        if message not in have or not have[message].translated() or have[message].fuzzy
    ]


def update() -> tuple[int, int]:
    """Bring the Chinese file up to what the code says; return how many came and went."""
    CHINESE.parent.mkdir(parents=True, exist_ok=True)
    file = polib.pofile(str(CHINESE)) if CHINESE.exists() else polib.POFile(wrapwidth=100)
    file.metadata = {
        "Language": "zh_Hans",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    have = {(entry.msgctxt or "", entry.msgid, entry.msgid_plural or "") for entry in file}
    wanted = find_messages()
    gone = [
        entry
        for entry in file
        if (entry.msgctxt or "", entry.msgid, entry.msgid_plural or "") not in wanted
    ]
    for entry in gone:
        file.remove(entry)
    fresh = [message for message in wanted if message not in have]
    for context, one, many in fresh:
        entry = polib.POEntry(msgid=one, msgctxt=context or None)
        if many:
            entry.msgid_plural, entry.msgstr_plural = many, {0: ""}
        file.append(entry)
    file.save(str(CHINESE))
    return len(fresh), len(gone)


def _in_python(path: Path) -> Iterator[Message]:
    for node in list_nodes(path):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        texts = [
            argument.value
            for argument in node.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]
        if name not in _CALLS or not texts:
            continue
        if name.startswith("p"):
            yield texts[0], texts[1], ""
        else:
            yield "", texts[0], texts[1] if name.startswith("n") else ""


def _in_template(path: Path) -> Iterator[Message]:
    as_python = templatize(path.read_text(encoding="utf-8"))
    for match in _IN_TEMPLATE.finditer(as_python):
        context = ast.literal_eval(match["of"]) if match["of"] else ""
        many = ast.literal_eval(match["many"]) if match["many"] else ""
        yield context, ast.literal_eval(match["one"]), many


def _acts_when_imported(path: Path) -> bool:
    # A server's entry makes the whole process act as the application: other tests run in it, too.
    return path.name == "__main__.py" or "\naddress.act_as_application()" in path.read_text()


def _errors() -> list[type[AnlanError]]:
    for path in list_modules():
        if not _acts_when_imported(path):
            parts = path.relative_to(SOURCE.parent).with_suffix("").parts
            importlib.import_module(".".join(parts).removesuffix(".__init__"))
    found, new = set(), {AnlanError}
    while new:
        found |= new
        new = {sub for error in new for sub in error.__subclasses__()} - found
    return sorted(
        (error for error in found if error.__module__.startswith("anlan.")),
        key=lambda error: (error.__module__, error.__qualname__),
    )


if __name__ == "__main__":
    from anlan.cli import set_up_django

    set_up_django()
    came, went = update()
    print(f"{CHINESE.name}: {came} new, {went} gone, {len(find_untranslated())} without Chinese")  # noqa: T201
