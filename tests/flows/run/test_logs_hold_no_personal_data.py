"""Telephone numbers, names, e-mails, codes and texts are planted through every face; no log holds one.

A real instance that writes all it can: JSON lines, every request, level DEBUG. Database triggers make
requests and jobs fail with errors that quote the row, and one statement slow enough to be logged.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
import pytest

from anlan.config.database import layout, server
from tests.flows.run.installed import set_up
from tests.flows.run.instance import Instance, wait_until
from tests.make import GRID, IN_GRID, JURISDICTION

NAME, PHONE, EMAIL = "欧阳植树", "13912345678", "ouyang.planted@example.cn"
TEXT = "植下的报告正文：三单元楼道里的灯不亮了"
IDENTITY = "330102199003077777"
REF = "planted-reference-77"
LON, LAT = map(str, IN_GRID)
PLANTED = (NAME, PHONE, EMAIL, TEXT, IDENTITY, REF, "植下", "planted", "ouyang")

TRIGGERS = """
CREATE FUNCTION planted_fault() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.text LIKE '%RAISE%' THEN
        RAISE EXCEPTION 'no: %', NEW.text USING DETAIL = NEW.text, HINT = NEW.text;
    ELSIF NEW.text LIKE '%TWICE%' THEN
        INSERT INTO obstacle (text) VALUES (NEW.text), (NEW.text);
    ELSIF NEW.text LIKE '%UNFIT%' THEN
        INSERT INTO obstacle (text, fits) VALUES (NEW.text, false);
    ELSIF NEW.text LIKE '%NUMBER%' THEN
        PERFORM NEW.text::integer;
    ELSIF NEW.text LIKE '%SLOW%' THEN
        PERFORM pg_sleep(2.2);
    END IF;
    RETURN NEW;
END $$;
CREATE TABLE obstacle (text text UNIQUE, fits boolean CHECK (fits));
CREATE TRIGGER planted_fault BEFORE INSERT ON intake_signal
    FOR EACH ROW EXECUTE FUNCTION planted_fault();
CREATE FUNCTION planted_job_fault() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'no notice: %', NEW.body USING DETAIL = NEW.subject;
END $$;
CREATE TRIGGER planted_job_fault BEFORE INSERT ON notices_notice
    FOR EACH ROW EXECUTE FUNCTION planted_job_fault();
"""

WORLD = """
from anlan.cli import with_django

def build():
    from tests.make import build_world
    return build_world().clients["app"].token

print(with_django(build)())
"""
MAPPING = """
jurisdiction: JURISDICTION
time_zone: Asia/Shanghai
fields:
  text: {columns: [text]}
  place: {fixed: "GRID"}
"""


class Face:
    """Somebody who speaks HTTP to the instance and follows no redirects."""

    def __init__(self, instance: Instance) -> None:
        self.client = httpx.Client(base_url=instance.url, timeout=30)
        self.statuses: list[int] = []

    def get(self, path: str, **headers: str) -> httpx.Response:
        answer = self.client.get(path, headers=headers)
        self.statuses.append(answer.status_code)
        return answer

    def form(self, path: str, **data: str) -> httpx.Response:
        self.client.get("/sign-in")
        data = {"csrfmiddlewaretoken": self.client.cookies["csrftoken"]} | data
        answer = self.client.post(path, data=data)
        self.statuses.append(answer.status_code)
        return answer

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        if isinstance(body, bytes):
            answer = self.client.post(path, content=body, headers=headers)
        else:
            answer = self.client.post(path, json=body, headers=headers)
        self.statuses.append(answer.status_code)
        return answer


def report(text: str = TEXT) -> dict[str, object]:
    return {
        "text": f"{text}，联系{NAME}{PHONE}", "lon": float(LON), "lat": float(LAT), "external_ref": REF,
        "contact": {"name": NAME, "phone": PHONE, "email": EMAIL},
    }  # fmt: skip


def read_logs(instance: Instance) -> dict[str, str]:
    """Read everything that the product has written to its logs, PostgreSQL's own among it."""
    folder = layout.find_layout(instance.home).folder
    files = [*instance.home.glob("run-*.log"), *folder.glob("*.log"), *folder.glob("data/log/*")]
    return {file.name: file.read_text(encoding="utf-8", errors="replace") for file in files}


def plant_by_web(face: Face) -> str:
    """Report by the form, look at the report, ask for what does not exist; give the tracking code."""
    reported = face.form(
        "/", text=f"{TEXT} {NAME}", lon=LON, lat=LAT, contact_name=NAME,
        contact_phone=PHONE, contact_email=EMAIL, token="planted-token-0123456789abcdef",
    )  # fmt: skip
    assert reported.status_code == 302, reported.text
    code = reported.headers["location"].rpartition("/")[2]
    face.get(f"/reported/{code}")
    face.get(f"/track/{code}")
    face.get(f"/track/{code[:-1]}{'0' if code[-1] != '0' else '1'}")
    face.get(f"/track/{PHONE}")
    face.get(f"/{NAME}/{PHONE}?who={EMAIL}")
    face.get(f"/report/suggestions?text={TEXT}")
    face.get(f"/desk/?q={PHONE}")
    face.get("/", host=f"{PHONE}.example.cn")
    face.get("/", **{"X-Request-ID": PHONE, "User-Agent": EMAIL, "Referer": f"https://a/{PHONE}"})
    face.form("/sign-in", login=EMAIL, password=f"{PHONE}planted")
    face.form("/sign-in", login=EMAIL, password=PHONE, csrfmiddlewaretoken="planted" * 9)
    face.client.post(f"/track/{code}/rate", data={"note": TEXT})  # no CSRF token
    face.form("/", text=f"RAISE {TEXT}", lon=LON, lat=LAT, contact_phone=PHONE)
    return code


def plant_by_api(face: Face, token: str) -> None:
    """Report by both APIs: well, badly, and so that the database refuses in five ways."""
    with_token = {"Authorization": f"Bearer {token}"}
    face.post("/api/v1/signals", report(), **with_token, **{"Idempotency-Key": f"planted-{PHONE}"})
    face.post("/api/v1/signals", report(), Authorization=f"Bearer planted{PHONE}")
    for obstacle in ("RAISE", "TWICE", "UNFIT", "NUMBER", "SLOW"):
        face.post("/api/v1/signals", report(f"{obstacle} {TEXT}"), **with_token)
    face.post("/api/v1/signals", b'{"text": "' + TEXT.encode() + b'", broken', **with_token)
    face.post("/api/v1/signals", report() | {"lon": PHONE, "planted": NAME}, **with_token)
    face.post("/api/v1/signals", report("\0" + TEXT), **with_token)
    face.get(f"/api/v1/tracking/{PHONE}")
    face.get(f"/api/v1/{NAME}")
    face.client.post("/open311/v2/requests.json", data={
        "description": f"RAISE {TEXT}", "phone": PHONE, "email": EMAIL, "lat": LAT,
        "long": LON, "service_code": NAME, "first_name": NAME,
    })  # fmt: skip
    face.get(f"/open311/v2/requests/{PHONE}.json")


def plant_by_file(instance: Instance, folder: Path) -> str:
    """Import a file whose rows are bad or break the database; give what the command printed."""
    rows = folder / "rows.csv"
    rows.write_text(f"text\nRAISE {TEXT} {PHONE}\n{TEXT}\n", encoding="utf-8")
    mapping = folder / "mapping.yaml"
    text = MAPPING.replace("JURISDICTION", JURISDICTION).replace("GRID", GRID)
    mapping.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "anlan", "import", "signals", str(rows), "--mapping", str(mapping)],
        env=instance.environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_what_people_wrote_is_in_no_log(
    make_instance: Callable[..., Instance], tmp_path: Path
) -> None:
    instance = make_instance(
        ANLAN_LOG_FORMAT="json", ANLAN_LOG_REQUESTS="yes", ANLAN_LOG_LEVEL="DEBUG",
        ANLAN_WEB_PROCESSES="1",
    )  # fmt: skip
    set_up(instance).start("--no-demo")
    instance.wait()
    token = instance.run_python(WORLD).split()[-1]
    found = layout.find_layout(instance.home)
    with server.connect(found, server.DATABASE) as connection:
        connection.execute(TRIGGERS)
    face = Face(instance)
    code = plant_by_web(face)
    plant_by_api(face, token)
    face.client.close()
    printed = plant_by_file(instance, tmp_path)
    assert 500 in face.statuses

    def has_failed_job() -> bool:
        with server.connect(found, server.DATABASE) as connection:
            query = "SELECT 1 FROM procrastinate_jobs WHERE attempts > 0"
            return connection.execute(query).fetchone() is not None

    wait_until(has_failed_job, within_s=30, what="a job that failed")
    with server.connect(found, server.DATABASE) as connection, pytest.raises(psycopg.Error):
        connection.execute("SELECT %s::integer", [PHONE])
    instance.stop()

    logs = read_logs(instance) | {"import": printed}
    secrets = (*PLANTED, code, code.replace("-", ""), code[:11], token)
    wrong = [
        (name, planted, line[:300])
        for name, text in logs.items()
        for line in text.splitlines()
        for planted in secrets
        if planted in line
    ]
    assert wrong == []
    check_what_the_logs_do_say(logs)


def check_what_the_logs_do_say(logs: dict[str, str]) -> None:
    """Check that the logs are of use all the same: every line whole, every obstacle named."""
    lines = [json.loads(line) for line in logs["run-0.log"].splitlines()]
    requests = [line for line in lines if line["logger"] == "anlan.request"]
    assert {"tracking", "reported", "home"} <= {line["route"] for line in requests}
    assert all(line["request"] and line["ms"] >= 0 and line["actor"] for line in requests)
    broken = [
        line for line in lines if line["level"] in ("WARNING", "ERROR") and "exceptions" in line
    ]
    told = "\n".join(each["kind"] for line in broken for each in line["exceptions"])
    assert "psycopg.errors.RaiseException (sqlstate P0001)" in told
    assert "psycopg.errors.CheckViolation (sqlstate 23514, table obstacle" in told
    assert any(line.get("task") == "cases.tell_opened" for line in broken), told
    assert any("duration: " in text for name, text in logs.items() if name.startswith("postgres-"))
