"""The web application, as a WSGI server loads it."""

import multiprocessing
import os
import threading

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anlan.config.settings")
application = get_wsgi_application()


def _end_with_server(server: "multiprocessing.process.BaseProcess") -> None:
    server.join()
    os._exit(1)


# A request process whose server was killed would go on holding the port.
_server = multiprocessing.parent_process()
if _server is not None:
    threading.Thread(target=_end_with_server, args=[_server], daemon=True).start()
