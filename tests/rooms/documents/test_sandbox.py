"""Photos are decoded in a process that can do nothing else, and takes nothing with it when it ends."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import psutil
import pytest
from PIL import Image

from anlan.documents import pictures, rules, sandbox


def photo(color: str = "navy", size: tuple[int, int] = (64, 48), kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def own_pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    sandbox._pool.end()  # what other tests have left
    pool = sandbox._Pool()
    monkeypatch.setattr(sandbox, "_pool", pool)
    yield
    pool.end()


def children() -> set[int]:
    found = psutil.Process().children()
    return {child.pid for child in found if "anlan.documents.sandbox" in " ".join(child.cmdline())}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_child_gives_what_decoding_here_would_give(kind: str) -> None:
    data = photo(kind=kind)
    assert sandbox.clean(data=data, name="a") == pictures.clean(data=data, name="a")


def test_obstacles_come_back_as_what_they_are() -> None:
    with pytest.raises(rules.PictureBroken) as broken:
        sandbox.clean(data=photo(size=(600, 400))[:-700], name="路灯.jpg")
    assert broken.value.data == {"name": "路灯.jpg"}
    moving = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    frames[0].save(moving, "WEBP", save_all=True, append_images=frames[1:])
    with pytest.raises(rules.PictureMoves):
        sandbox.clean(data=moving.getvalue(), name="a")


def test_what_needs_no_decoding_starts_no_child() -> None:
    with pytest.raises(rules.WrongFileType):
        sandbox.clean(data=b"GIF89a" + b"0" * 20, name="a")
    assert children() == set()


def test_two_hundred_photos_leave_one_child_and_then_none() -> None:
    for number in range(2 * sandbox.PHOTOS_A_CHILD + 1):
        sandbox.clean(data=photo(size=(16 + number % 7, 16)), name="a")
    assert len(children()) == 1
    sandbox._pool.end()
    assert children() == set()


def test_many_at_once_use_two_children() -> None:
    failed: list[BaseException] = []

    def send() -> None:
        try:
            for _ in range(5):
                sandbox.clean(data=photo(size=(800, 600)), name="a")
        except BaseException as wrong:  # noqa: BLE001  a thread's failure is the test's
            failed.append(wrong)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert 1 <= len(children()) <= 2


def test_a_child_that_was_killed_is_replaced() -> None:
    sandbox.clean(data=photo(), name="a")
    (child,) = children()
    psutil.Process(child).kill()
    psutil.Process(child).wait(5)
    assert sandbox.clean(data=photo(), name="a").width == 64


@pytest.mark.parametrize(
    "program",
    [
        "import sys; sys.stdin.buffer.read(9); sys.exit(3)",  # ends in the middle
        "import os; os.abort()",
        "import time; time.sleep(60)",  # hangs
        "import sys; sys.stdin.buffer.read(9); sys.stdout.buffer.write(b'\\0\\0\\0\\x09{')",
    ],
)
def test_a_child_that_crashes_or_hangs_takes_one_photo_with_it(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "LIMIT_S", 1.5)
    with monkeypatch.context() as broken:
        broken.setattr(sandbox, "CHILD", ("-c", program))
        with pytest.raises(rules.PictureBroken):
            sandbox.clean(data=photo(), name="a")
    monkeypatch.setattr(sandbox, "LIMIT_S", 20)
    assert sandbox.clean(data=photo(), name="a").height == 48


def test_when_no_child_can_be_started_the_report_can_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(sandbox.DecoderAway):
        sandbox.clean(data=photo(), name="a")


TRIES = """
import json, os
from anlan.documents import pictures, sandbox
pictures.prepare()
sandbox._give_up_rights()

def refused(what):
    try:
        what()
    except (OSError, MemoryError) as wrong:
        return type(wrong).__name__
    return "allowed"

def many():
    return [os.dup(1) for _ in range(40)]

print(json.dumps({
    "memory": refused(lambda: bytearray(3_000_000_000)),
    "files": refused(many),
    "environment": dict(os.environ),
    "uid": os.geteuid(),
}))
"""


def test_the_child_has_no_environment_little_memory_and_no_rights() -> None:
    told = subprocess.run(
        [sys.executable, "-I", "-c", TRIES], env={}, capture_output=True, text=True, check=True
    )
    found = json.loads(told.stdout)
    assert found["memory"] == "MemoryError"
    assert found["files"] == "OSError"
    assert set(found["environment"]) <= {"LC_CTYPE"}
    assert found["uid"] == (sandbox.NOBODY if os.geteuid() == 0 else os.geteuid())
