"""Who sees what the privacy room keeps of a case: whoever sees the case, and what is one's own.

A request for emergency access is seen by whoever asked and from the seats over its place.
"""

from django.db import migrations

from anlan.kernel.sql import row_policy

OF_LOOK = """
    actor_id = (SELECT anlan_person())
    OR EXISTS (SELECT FROM cases_case AS mine WHERE mine.id = privacy_look.case_id)
"""
OF_REQUEST = "EXISTS (SELECT FROM intake_signal AS mine WHERE mine.id = privacy_request.signal_id)"
OF_ACCESS = """
    person_id = (SELECT anlan_person())
    OR EXISTS (
        SELECT FROM places_place AS over
        WHERE over.id = privacy_access.place_id AND over.path <@ (SELECT anlan_wide_places())
    )
"""


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0003_access"),
        ("cases", "0004_row_level_security"),
        ("config", "0002_row_level_security"),
    ]
    operations = [
        migrations.RunSQL(*row_policy("privacy_look", OF_LOOK)),
        migrations.RunSQL(*row_policy("privacy_request", OF_REQUEST)),
        migrations.RunSQL(*row_policy("privacy_access", OF_ACCESS)),
    ]
