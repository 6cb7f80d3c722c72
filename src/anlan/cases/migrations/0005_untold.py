"""Cases just opened, of which the event is not told yet."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_row_level_security")]
    operations = [
        migrations.CreateModel(
            name="Untold",
            fields=[("case_id", models.UUIDField(primary_key=True, serialize=False))],
        ),
    ]
