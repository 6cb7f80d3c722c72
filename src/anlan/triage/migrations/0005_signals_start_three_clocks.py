"""The hot write starts the update clock, too."""

from django.db import migrations

from anlan.kernel import sql


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0004_signals_one_after_the_other"),
        ("cases", "0007_three_clocks"),
    ]
    operations = [
        migrations.RunSQL(sql.load("anlan.triage", "take_signal"), migrations.RunSQL.noop)
    ]
