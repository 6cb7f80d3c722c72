"""Django's PostgreSQL backend with one change: how its pool treats dead connections."""
