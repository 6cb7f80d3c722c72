"""Which case goes on in place of another."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    # The running version never writes the column and finds no case in the new state.
    expands = True
    dependencies = [("cases", "0008_lists_that_do_not_grow")]
    operations = [
        migrations.AddField(
            "case",
            "merged_into",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="merged",
                to="cases.case",
            ),
        ),
        migrations.AddIndex(
            "case",
            models.Index(
                condition=Q(merged_into__isnull=False),
                fields=["merged_into"],
                name="cases_case_merged",
            ),
        ),
    ]
