"""A case that was merged into another is counted with that one: it contributes nothing of its own."""

from importlib import import_module

from django.db import migrations

before = import_module("anlan.rollup.migrations.0002_triggers")
AS_BEFORE = before.CONTRIBUTION.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
ONCE = AS_BEFORE.replace(
    "    UNION ALL", "    WHERE c.merged_into_id IS NULL\n    UNION ALL"
).replace(
    "WHERE c.closed_at IS NOT NULL", "WHERE c.closed_at IS NOT NULL AND c.merged_into_id IS NULL"
)


class Migration(migrations.Migration):
    # The running version merges nothing: for its rows the sums are the same.
    expands = True
    dependencies = [("rollup", "0006_many_new_cases_added_up"), ("cases", "0009_merged")]
    operations = [migrations.RunSQL(ONCE, AS_BEFORE)]
