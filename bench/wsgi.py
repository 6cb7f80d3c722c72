"""The product's WSGI application with the bare endpoint beside it.

The bare endpoint connects as the tables' owner, whom no policy binds: what row-level security costs must
not slow down what the product is compared with. BENCH_AS_OWNER=1 serves the product itself without it, for `rls`.
"""

import copy
import os

from anlan.config import env
from anlan.config.database import address

owner = address.get_django_settings(env.get_home())
if os.environ.get("BENCH_AS_OWNER"):
    address.act_as_application = lambda: None
else:
    address.act_as_application()

from anlan.config import settings as product  # noqa: E402  read once it is settled who connects

product.ROOT_URLCONF = "bench.site"
product.DATABASES["bare"] = bare = copy.deepcopy(product.DATABASES["default"])
bare |= owner | {"OPTIONS": bare["OPTIONS"] | owner["OPTIONS"]}

from anlan.config.wsgi import application  # noqa: E402

if os.environ.get("BENCH_NO_LIMITS"):
    # For `refusals`, which asks as often as a guesser who is not held back: limits are counted all the same.
    from anlan.people.actions import rates

    for limit in (
        "TRACKING_TRIES_PER_ADDRESS",
        "TRACKING_TRIES_PER_CODE",
        "SIGN_IN_TRIES_PER_ADDRESS",
    ):
        setattr(rates, limit, (10**9, getattr(rates, limit)[1]))

__all__ = ["application"]
