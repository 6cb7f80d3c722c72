"""The product's WSGI application with the bare endpoint beside it.

The bare endpoint's connections tell no scope: what row-level security costs must not slow down what
the product is compared with. BENCH_AS_OWNER=1 serves the product itself without it, for `rls`.
"""

import copy
import os

from anlan.config.database import address

if os.environ.get("BENCH_AS_OWNER"):
    address.act_as_application = lambda: None
else:
    address.act_as_application()

from anlan.config import settings as product

product.ROOT_URLCONF = "bench.site"
product.DATABASES["bare"] = copy.deepcopy(product.DATABASES["default"]) | {"IS_APPLICATION": False}

from anlan.config.wsgi import application  # noqa: E402

__all__ = ["application"]
