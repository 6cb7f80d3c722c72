"""A dispatch is seen with its case, and by whoever was sent, also after it has ended."""

from django.db import migrations

from anlan.kernel.sql import row_policy

RULE = """
    person_id = (SELECT anlan_person())
    OR EXISTS (SELECT FROM cases_case AS mine WHERE mine.id = dispatch_dispatch.case_id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0004_row_level_security"),
        ("dispatch", "0001_initial"),
    ]
    operations = [migrations.RunSQL(*row_policy("dispatch_dispatch", RULE))]
