"""The search asks the index of tokens alone, and is planned once; it is kept in `sql/search_find.sql`."""

from django.db import migrations

from anlan.kernel import sql


class Migration(migrations.Migration):
    # Same name, same answers: a version that runs goes on.
    expands = True
    dependencies = [("cases", "0009_merged")]
    operations = [migrations.RunSQL(sql.load("anlan.cases", "search_find"), migrations.RunSQL.noop)]
