"""The cases of a place lie by their opening, and those that need a person by themselves."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    # The running version asks the same questions; they only take longer until it is replaced.
    expands = True
    dependencies = [("cases", "0007_three_clocks")]
    operations = [
        migrations.AddIndex(
            "case",
            models.Index(fields=["place_path", "opened_at", "id"], name="cases_case_place_opened"),
        ),
        migrations.RemoveIndex("case", "cases_case_place"),
        migrations.AddIndex(
            "case",
            models.Index(
                condition=Q(due_at__isnull=False, needs_person=True),
                fields=["due_at", "id"],
                name="cases_case_doubt",
            ),
        ),
    ]
