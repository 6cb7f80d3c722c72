"""What people picked in doubt, as proposals for the next time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    expands = True
    dependencies = [
        ("places", "0002_jurisdiction_boundaries"),
        ("triage", "0008_routing_rules"),
    ]
    operations = [
        migrations.CreateModel(
            name="Pick",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("BORDER", "BORDER"), ("UNIT", "UNIT")], max_length=8
                    ),
                ),
                ("doubt", models.CharField(max_length=200)),
                ("matter", models.CharField(max_length=64)),
                ("pick", models.CharField(max_length=32)),
                ("times", models.PositiveIntegerField(default=1)),
                ("last_at", models.DateTimeField()),
                (
                    "jurisdiction",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=models.deletion.CASCADE,
                        related_name="+",
                        to="places.jurisdiction",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("jurisdiction", "kind", "doubt", "matter", "pick"),
                        name="triage_pick_once",
                    )
                ]
            },
        ),
    ]
