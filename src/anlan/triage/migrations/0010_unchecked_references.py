"""What a signal writes is checked by no constraint: docs/decisions/0033-the-hot-rows-are-checked-once.md."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    expands = True
    dependencies = [
        ("intake", "0002_unchecked_references"),
        ("triage", "0009_picks"),
    ]

    operations = [
        migrations.AlterField(
            model_name="decision",
            name="signal",
            field=models.OneToOneField(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                primary_key=True,
                related_name="+",
                serialize=False,
                to="intake.signal",
            ),
        ),
    ]
