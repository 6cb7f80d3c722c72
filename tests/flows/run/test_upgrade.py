"""What an earlier version left is brought up to this one, and everything in it opens.

The data is in tests/worlds/previous, made by the version before (its README says how to refresh it).
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests.flows.run.installed import give_files
from tests.flows.run.instance import Instance

PREVIOUS = Path(__file__).resolve().parents[2] / "worlds" / "previous"


def test_the_data_of_the_version_before_opens(make_instance: Callable[..., Instance]) -> None:
    expected = json.loads((PREVIOUS / "expected.json").read_text(encoding="utf-8"))
    instance = make_instance(
        ANLAN_BACKUP_KEY_FILE=str(PREVIOUS / "backup.key"), ANLAN_WEB_PROCESSES="1"
    )
    said = instance.anlan("restore", str(PREVIOUS))
    cases = len(expected["codes"])
    assert f"cases     {cases}\n" in said
    assert f"contacts  {cases} tried, all open" in said
    give_files(instance).start("--no-demo")
    instance.wait()

    with httpx.Client(
        base_url=instance.url, headers={"Accept-Language": "en"}, timeout=30
    ) as browser:
        page = browser.get(f"/track/{expected['tracking_code']}")
        assert page.status_code == 200
        browser.get("/sign-in")
        form = {
            "login": expected["login"], "password": expected["password"],
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        }  # fmt: skip
        # A desk of before has a password alone: it sets up a second factor when it next comes.
        assert browser.post("/sign-in", data=form).headers["Location"] == "/sign-in/enrol"
        found = re.search(
            r'<code class="secret"[^>]*>([^<]+)</code>', browser.get("/sign-in/enrol").text
        )
        assert found
        secret = base64.b32decode(found[1].replace(" ", ""))
        app = TOTP(secret, 6, SHA1(), 30)  # noqa: S303 – what apps read
        form["code"] = app.generate(int(time.time())).decode()
        assert "recovery codes" in browser.post("/sign-in/enrol", data=form).text
        listed = browser.get("/api/v1/cases?limit=100").json()["cases"]
        states = {each["code"].replace("-", ""): each["state"] for each in listed}
        assert {code: state for code, state in expected["states"].items() if state != "CLOSED"} == {
            code: state for code, state in states.items() if state != "CLOSED"
        }
        for each in listed:
            assert browser.get(f"/desk/cases/{each['id']}").status_code == 200, each
        queue = browser.get("/desk/")
        assert queue.status_code == 200
    assert "intact" in instance.anlan("ledger", "verify")
    assert "whole" in instance.anlan("backup", "check")
