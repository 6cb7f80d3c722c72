"""The web application, as a WSGI server loads it."""

import gc
import multiprocessing
import os
import threading

import django
from django.db import Error as DatabaseError

from anlan.config.database import address
from anlan.config.operating import logs, traces
from anlan.config.serving.handler import Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anlan.config.settings")
address.act_as_application()
django.setup(set_prefix=False)
application = Handler()


def _end_with_server(server: "multiprocessing.process.BaseProcess") -> None:
    server.join()
    os._exit(1)


# A request process whose server was killed would go on holding the port.
_server = multiprocessing.parent_process()
if _server is not None:
    threading.Thread(target=_end_with_server, args=[_server], daemon=True).start()


def warm_up() -> None:
    """Load what requests keep in memory, and spare it the garbage collector's rounds.

    The places, the catalogue and the classifier live as long as the process; walking through their
    million objects at every full collection would only cost the requests time.
    """
    from anlan.cases.queries import get_catalogue
    from anlan.places.queries import get_gazetteer
    from anlan.triage.queries import warm_up_classifiers

    try:
        get_gazetteer().prepare()
        get_catalogue()
        warm_up_classifiers()
    except DatabaseError:
        # The database is away or not set up yet: the first requests load, or say so themselves.
        return
    gc.collect()
    gc.freeze()
    # A request makes a few thousand objects and hardly a cycle: look for those once in many.
    gc.set_threshold(50_000, 20, 50)


warm_up()
traces.wrap_actions()
logs.guard_process()
