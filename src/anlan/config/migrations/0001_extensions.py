"""PostgreSQL's own extensions that rooms build indexes on.

All four are trusted: the owner of a database may create them. A room whose tables need one
lists `("config", "0001_extensions")` among its dependencies.
"""

from django.db import migrations

EXTENSIONS = ("ltree", "pg_trgm", "btree_gist", "btree_gin")


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(f"CREATE EXTENSION IF NOT EXISTS {name}", migrations.RunSQL.noop)
        for name in EXTENSIONS
    ]
