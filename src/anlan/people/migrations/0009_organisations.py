import django.db.models.deletion
from django.db import migrations, models

import anlan.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0008_who_stands_duty"),
    ]

    expands = True

    operations = [
        migrations.AddField(
            model_name="signin",
            name="organisation",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.CreateModel(
            name="OrganisationLink",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=anlan.kernel.ids.new_id, primary_key=True, serialize=False
                    ),
                ),
                ("issuer", models.TextField()),
                ("subject", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.person",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("issuer", "subject"), name="people_organisationlink_subject"
                    ),
                    models.UniqueConstraint(
                        fields=("person", "issuer"), name="people_organisationlink_person"
                    ),
                ],
            },
        ),
    ]
