"""/metrics: what Prometheus reads. Counts of all processes of this host, and figures of the database.

Open only with the token of ANLAN_METRICS_TOKEN; without one there is no such page. The figures of the
database are asked for at most every few seconds, however often and by whomever they are read; every
host gives the same ones, so take their maximum over hosts, not their sum.
"""

from __future__ import annotations

import hmac
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from anlan.cases import queries as cases
from anlan.config import env
from anlan.config.operating import backups, counts, queue
from anlan.kernel import scope
from anlan.kernel.clock import now
from anlan.ledger import queries as ledger
from anlan.notices import queries as notices
from anlan.people import policies
from anlan.rollup import queries as rollup

ANEW_EVERY_S = 10.0


@policies.public
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the figures; the view itself asks for the token."""
    wanted: str = settings.METRICS_TOKEN
    if not wanted:
        return HttpResponse("set ANLAN_METRICS_TOKEN to open this page\n", status=404)
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {wanted}".encode()):
        response = HttpResponse("the token of ANLAN_METRICS_TOKEN is needed\n", status=401)
        response["WWW-Authenticate"] = "Bearer"
        return response
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Collector:
    """Collects the figures anew for every reader."""

    def collect(self) -> Iterator[Metric]:
        yield from collect_counts(counts.add_up())
        yield from collect_figures()


def collect_counts(total: counts.Counts) -> Iterator[Metric]:
    """Write counts as Prometheus has them."""
    for name, (help_, labels) in counts.COUNTERS.items():
        counter = CounterMetricFamily(f"anlan_{name}", help_, labels=labels)
        shown = dict.fromkeys(counts.RARE.get(name, ()), 0)
        shown |= {values: n for (found, values), n in total.counters.items() if found == name}
        for values, value in sorted(shown.items()):
            counter.add_metric(values, value)
        yield counter
    for name, (help_, labels) in counts.HISTOGRAMS.items():
        histogram = HistogramMetricFamily(f"anlan_{name}", help_, labels=labels)
        for (found, values), numbers in sorted(total.histograms.items()):
            if found == name:
                histogram.add_metric(values, _pile_up(numbers), numbers[-1])
        yield histogram
    size, idle, waiting = total.pool
    pool = GaugeMetricFamily(
        "anlan_database_connections", "Connections that web processes hold.", labels=["state"]
    )
    pool.add_metric(["open"], size)
    pool.add_metric(["idle"], idle)
    yield pool
    yield _gauge("anlan_database_requests_waiting", "Requests waiting for a connection.", waiting)


def _pile_up(numbers: list[float]) -> list[tuple[str, float]]:
    total, piled = 0.0, []
    bounds = [*(str(bound) for bound in counts.BUCKETS_S), "+Inf"]
    for bound, number in zip(bounds, numbers[:-1], strict=True):
        total += number
        piled.append((bound, total))
    return piled


_figures: tuple[float, list[Metric]] = (-ANEW_EVERY_S, [])
_lock = threading.Lock()


def collect_figures() -> list[Metric]:
    """Give the figures of machine and database; a database that is away leaves only `anlan_up` 0."""
    global _figures
    with _lock:
        asked_at, found = _figures
        if time.monotonic() - asked_at >= ANEW_EVERY_S:
            with scope.acting(scope.EVERYTHING):
                found = list(_ask(now()))
            _figures = (time.monotonic(), found)
    return found


def forget_figures() -> None:
    """Ask anew the next time."""
    global _figures
    _figures = (-ANEW_EVERY_S, [])


def _ask(at: datetime) -> Iterator[Metric]:
    info = GaugeMetricFamily("anlan_info", "The version that runs.", labels=["version"])
    info.add_metric([version("anlan")], 1)
    yield info
    yield _gauge(
        "anlan_home_free_bytes", "Free space for the state folder.",
        shutil.disk_usage(settings.ANLAN_HOME).free,
    )  # fmt: skip
    made_at = backups.find_last_proven(env.get_backup_folder())
    yield _gauge(
        "anlan_backup_last_proven_timestamp_seconds",
        "When the newest backup was begun that has been restored for proof; 0 for none.",
        made_at.timestamp() if made_at else 0.0,
    )
    try:
        figures = list(_ask_database(at))
    except (DatabaseError, InterfaceError):
        figures = []
    yield _gauge("anlan_up", "Whether the database answers and has its tables.", bool(figures))
    yield from figures


def _ask_database(at: datetime) -> Iterator[Metric]:
    lights = GaugeMetricFamily("anlan_open_cases", "Cases whose clock runs.", labels=["light"])
    for light, count in cases.count_open_by_light(at=at).items():
        lights.add_metric([light], count)
    yield lights
    stand = queue.look(at=at)
    for name, help_, value in (
        ("anlan_jobs_waiting", "Background jobs that are due and wait.", stand.waiting),
        ("anlan_jobs_later", "Background jobs that are planned for later.", stand.later),
        ("anlan_jobs_running", "Background jobs that run.", stand.running),
        ("anlan_jobs_failed", "Background jobs that failed for good.", stand.failed),
        ("anlan_jobs_stalled", "Background jobs whose worker is gone.", stand.stalled),
        ("anlan_oldest_job_seconds", "How long the oldest job has been due.", stand.oldest_s),
        ("anlan_workers", "Workers with a heartbeat in the last minute.", stand.workers),
    ):
        yield _gauge(name, help_, value)
    waiting, oldest_at = ledger.get_lag()
    yield _gauge(
        "anlan_ledger_waiting_entries", "Ledger entries without a place in the tree.", waiting
    )
    yield _gauge("anlan_ledger_lag_seconds", "Age of the oldest of them.", _age(oldest_at, at))
    verified = ledger.find_verification()
    yield _gauge(
        "anlan_ledger_verified_timestamp_seconds",
        "When the whole ledger was last checked against itself; 0 for never.",
        verified.at.timestamp() if verified else 0.0,
    )
    yield _gauge(
        "anlan_ledger_findings", "What was wrong with it then.",
        verified.finding_count if verified else 0,
    )  # fmt: skip
    deltas, oldest_at = rollup.get_lag()
    yield _gauge(
        "anlan_rollup_waiting_deltas", "Changes not yet folded into daily figures.", deltas
    )
    yield _gauge("anlan_rollup_lag_seconds", "Age of the oldest of them.", _age(oldest_at, at))
    yield _gauge("anlan_notices_waiting", "Notices not yet sent.", notices.count_waiting())
    yield _gauge("anlan_database_bytes", "Size of the database on disk.", _size())


def _age(oldest_at: datetime | None, at: datetime) -> float:
    return max(0.0, (at - oldest_at).total_seconds()) if oldest_at else 0.0


def _size() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def _gauge(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_, value=float(value))
