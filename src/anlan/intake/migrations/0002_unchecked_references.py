"""What a signal writes is checked by no constraint: docs/decisions/0033-the-hot-rows-are-checked-once.md."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    expands = True
    dependencies = [
        ("intake", "0001_initial"),
        ("places", "0002_jurisdiction_boundaries"),
    ]

    operations = [
        migrations.AlterField(
            model_name="contact",
            name="signal",
            field=models.OneToOneField(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                primary_key=True,
                serialize=False,
                to="intake.signal",
            ),
        ),
        migrations.AlterField(
            model_name="signal",
            name="place",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="places.place",
            ),
        ),
    ]
