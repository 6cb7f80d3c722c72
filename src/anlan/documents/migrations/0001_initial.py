from django.db import migrations, models

import anlan.kernel.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=anlan.kernel.ids.new_id, primary_key=True, serialize=False
                    ),
                ),
                ("sha256", models.TextField(db_index=True)),
                ("media_type", models.TextField()),
                ("size_bytes", models.PositiveIntegerField()),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("thumbnail_sha256", models.TextField(db_index=True)),
                ("name", models.TextField()),
                ("kept_at", models.DateTimeField()),
                ("kept_by", models.UUIDField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sha256__regex", "^[0-9a-f]{64}$"),
                            ("thumbnail_sha256__regex", "^[0-9a-f]{64}$"),
                        ),
                        name="documents_document_sha256",
                    )
                ],
            },
        ),
    ]
