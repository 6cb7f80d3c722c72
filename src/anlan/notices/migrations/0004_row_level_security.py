"""A notice is seen by whom it is for; jobs that send see all."""

from django.db import migrations

from anlan.kernel.sql import row_policy


class Migration(migrations.Migration):
    dependencies = [
        ("config", "0002_row_level_security"),
        ("notices", "0003_notice_cause"),
    ]
    operations = [
        migrations.RunSQL(*row_policy("notices_notice", "person_id = (SELECT anlan_person())")),
    ]
