"""The product's WSGI application with the bare endpoint beside it."""

from anlan.config import settings as product

product.ROOT_URLCONF = "bench.site"

from anlan.config.wsgi import application  # noqa: E402

__all__ = ["application"]
