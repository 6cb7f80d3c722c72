"""The hot write starts the update clock, too."""

from django.db import migrations

from anlan.kernel import sql


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0005_versions_in_shadow"),
        ("cases", "0007_three_clocks"),
    ]
    operations = [
        migrations.RunSQL(sql.load("anlan.triage", "take_signal"), migrations.RunSQL.noop)
    ]
