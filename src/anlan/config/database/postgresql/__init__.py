"""Django's PostgreSQL backend with two changes: its pool's dead, and the scope of transactions."""
