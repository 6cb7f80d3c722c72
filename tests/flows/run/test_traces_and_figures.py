"""A real instance with several web processes: its traces reach a collector, its figures add up.

The collector is a small HTTP server that reads OTLP; a signal's trace goes from the request through the
action and its statement into the job that tells the desk, in another process.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psutil
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.flows.run.installed import set_up
from tests.flows.run.instance import Instance, wait_until
from tests.flows.run.test_logs_hold_no_personal_data import EMAIL, NAME, PHONE, WORLD, report

TOKEN = "a-token-for-the-figures"
SIGNALS = 24
MOVE = "POST ninja:list_moves"  # a path has one name, whatever the method


class Collector:
    """What a collector of traces has received."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.paths: set[str] = set()

    @property
    def spans(self) -> list[Any]:
        found = []
        for body in list(self.bodies):
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    found += scope.spans
        return found


@pytest.fixture
def collector() -> Iterator[tuple[Collector, str]]:
    received = Collector()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.paths.add(self.path)
            received.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield received, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_traces_reach_the_collector_and_figures_add_up(
    make_instance: Callable[..., Instance], collector: tuple[Collector, str]
) -> None:
    received, endpoint = collector
    instance = make_instance(
        ANLAN_OTLP_ENDPOINT=endpoint, ANLAN_METRICS_TOKEN=TOKEN, ANLAN_WEB_PROCESSES="3",
        OTEL_EXPORTER_OTLP_TRACES_COMPRESSION="none",
    )  # fmt: skip
    set_up(instance).start("--no-demo")
    instance.wait()
    token = instance.run_python(WORLD.replace('"app"', '"system"')).split()[-1]

    def figure(name: str) -> float:
        page = instance.ask("/metrics", Authorization=f"Bearer {TOKEN}").body.decode()
        lines = [line for line in page.splitlines() if line.startswith(name)]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def take() -> int:
        headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
        return instance.ask("/api/v1/signals", report(), **headers).status

    # Other processes write down once a second what they have counted.
    wait_until(lambda: take() == 201, within_s=10, what="the world seen by every process")
    wanted = 1 + [take() for _ in range(SIGNALS)].count(201)
    route = 'anlan_http_requests_total{method="POST",route="ninja:signals",status="201"}'
    for name in ("anlan_signals_taken_total", route):
        wait_until(lambda name=name: figure(name) == wanted, within_s=10, what=f"{name} {wanted}")
    writers = len(list((instance.home / "metrics").glob("*-*.json")))
    assert writers >= 3, "web processes and worker write each their own"

    killed = find_request_process(instance)
    killed.kill()
    wait_until(lambda: not killed.is_running(), within_s=10)
    wait_until(lambda: instance.is_up and take() == 201, within_s=30, what="another process")
    wait_until(
        lambda: figure("anlan_signals_taken_total") >= wanted + 1, within_s=15,
        what="what the killed process had counted is kept",
    )  # fmt: skip
    answer = instance.ask("/api/v1/signals", report(), Authorization=f"Bearer {token}").body
    moves = f"/api/v1/cases/{json.loads(answer)['case_id']}/moves"
    assert instance.ask(moves, {"move": "accept"}, Authorization=f"Bearer {token}").status == 200
    check_spans(received)
    assert instance.stop() == 0


def find_request_process(instance: Instance) -> psutil.Process:
    """Find a process that answers requests: a child of the web server that has counted something."""
    children = psutil.Process(instance.runs[-1].pid).children()
    web = next(child for child in children if "web" in child.cmdline())
    counting = {int(f.stem.partition("-")[0]) for f in (instance.home / "metrics").glob("*-*.json")}
    return next(each for each in web.children(recursive=True) if each.pid in counting)


def check_spans(received: Collector) -> None:
    """Check that one trace goes from the request into the job, and that nobody is named in any."""

    def by_trace(name: str) -> dict[bytes, Any]:
        return {span.trace_id: span for span in received.spans if span.name == name}

    def whole() -> set[bytes]:
        return set(by_trace(MOVE)) & set(by_trace("cases.tell_progress"))

    found = wait_until(whole, within_s=30, what="a trace that goes on in a job")
    assert received.paths == {"/v1/traces"}
    trace = next(iter(found))
    spans = {span.name: span for span in received.spans if span.trace_id == trace}
    request, job = spans[MOVE], spans["cases.tell_progress"]
    action = next(span for name, span in spans.items() if name.endswith(".move_case"))
    ids = {span.span_id: span.name for span in spans.values()}
    assert not request.parent_span_id
    assert ids[action.parent_span_id] == MOVE
    assert job.parent_span_id in ids
    statements = [span for name, span in spans.items() if re.match("(UPDATE|INSERT) ", name)]
    assert any(ids.get(span.parent_span_id, "").endswith("move_case") for span in statements)
    assert any("notices" in name for name in spans), sorted(spans)
    sent = b"".join(received.bodies).decode("utf-8", "replace")
    for planted in (NAME, PHONE, EMAIL, "楼道", "planted"):
        assert planted not in sent
