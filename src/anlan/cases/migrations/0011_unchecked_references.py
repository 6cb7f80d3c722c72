"""What a signal writes is checked by no constraint: docs/decisions/0033-the-hot-rows-are-checked-once.md."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    expands = True
    dependencies = [
        ("cases", "0010_search_by_tokens_alone"),
        ("intake", "0002_unchecked_references"),
        ("places", "0002_jurisdiction_boundaries"),
    ]

    operations = [
        migrations.AlterField(
            model_name="case",
            name="desk",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="places.unit",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="matter",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cases.matter",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="place",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="places.place",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="unit",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="places.unit",
            ),
        ),
        migrations.AlterField(
            model_name="casesignal",
            name="case",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="signals",
                to="cases.case",
            ),
        ),
        migrations.AlterField(
            model_name="casesignal",
            name="signal",
            field=models.OneToOneField(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                primary_key=True,
                related_name="+",
                serialize=False,
                to="intake.signal",
            ),
        ),
        migrations.AlterField(
            model_name="step",
            name="case",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="steps",
                to="cases.case",
            ),
        ),
    ]
