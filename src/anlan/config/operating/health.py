"""Whether a process lives, and whether it can serve: two addresses for service managers and balancers.

/health/live asks nothing of anybody: a process that cannot answer it should be started again.
/health/ready asks the database, the tables' version and the disk; 503 means: send nobody here for now.
A missing worker is told and does not close the door, because signals can be taken without one.
Neither tells more than anybody may know.
"""

from __future__ import annotations

import shutil

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from anlan.config.operating import queue
from anlan.kernel.clock import now
from anlan.people import policies

LEAST_FREE_BYTES = 200_000_000

_is_current = False


@policies.public
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Answer."""
    return JsonResponse({"status": "live"})


@policies.public
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Tell whether requests can be served, and what stands in the way."""
    checks = check()
    is_ready = all(checks[name] for name in ("database", "tables", "disk"))
    status = "ready" if is_ready else "not ready"
    told = {name: "ok" if is_well else "failing" for name, is_well in checks.items()}
    return JsonResponse({"status": status, **told}, status=200 if is_ready else 503)


def check() -> dict[str, bool]:
    """Look at database, tables, disk and worker; at most three statements."""
    found = dict.fromkeys(("database", "tables", "disk", "worker"), False)
    found["disk"] = shutil.disk_usage(settings.ANLAN_HOME).free >= LEAST_FREE_BYTES
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        found["database"] = True
        found["tables"] = are_tables_current()
        found["worker"] = found["tables"] and queue.look(at=now()).workers > 0
    except (DatabaseError, InterfaceError):
        pass
    return found


def are_tables_current() -> bool:
    """Tell whether every migration of this version has been applied; once it is so it stays so."""
    global _is_current
    if not _is_current:
        executor = MigrationExecutor(connection)
        _is_current = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _is_current
