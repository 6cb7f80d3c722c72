"""A decision is seen with its case."""

from django.db import migrations

from anlan.kernel.sql import row_policy

RULE = "EXISTS (SELECT FROM cases_case AS mine WHERE mine.id = triage_decision.case_id)"


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0004_row_level_security"),
        ("triage", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(*row_policy("triage_decision", RULE)),
    ]
