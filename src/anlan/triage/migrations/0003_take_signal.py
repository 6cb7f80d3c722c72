"""The function that writes a signal with all that follows; it is kept in `sql/take_signal.sql`.

Whoever changes that file adds a migration that loads it again.
"""

from django.db import migrations

from anlan.kernel import sql


class Migration(migrations.Migration):
    expands = True
    dependencies = [("triage", "0002_row_level_security"), ("cases", "0005_untold")]
    operations = [
        migrations.RunSQL(
            sql.load("anlan.triage", "take_signal"), "DROP FUNCTION triage_take_signal(jsonb)"
        ),
    ]
