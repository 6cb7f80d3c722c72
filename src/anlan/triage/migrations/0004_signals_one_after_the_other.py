"""The hot write as one insert after the other; a decision's references are no longer checked again."""

from typing import Any

from django.db import migrations, models
from django.db.models.deletion import CASCADE, PROTECT

from anlan.kernel import sql


def unchecked(to: str, deletion: Any, **options: Any) -> Any:
    return models.ForeignKey(
        to=to, on_delete=deletion, related_name="+", db_constraint=False, **options
    )


class Migration(migrations.Migration):
    # The running version writes the same rows, and finds the same ones.
    expands = True
    dependencies = [("triage", "0003_take_signal")]
    operations = [
        migrations.AlterField("decision", "case", unchecked("cases.case", CASCADE)),
        migrations.AlterField(
            "decision", "matter", unchecked("cases.matter", PROTECT, db_index=False)
        ),
        migrations.AlterField(
            "decision", "unit", unchecked("places.unit", PROTECT, db_index=False)
        ),
        migrations.AlterField(
            "decision",
            "classifier",
            unchecked("triage.classifierversion", PROTECT, db_index=False, null=True),
        ),
        migrations.RunSQL(sql.load("anlan.triage", "take_signal"), migrations.RunSQL.noop),
    ]
