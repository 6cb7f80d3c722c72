"""What a finding's week was worth, and how much of it was known."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("situation", "0003_resolutions")]

    operations = [
        migrations.AddField(
            model_name="finding",
            name="worth",
            field=models.FloatField(db_default=1.0, default=1.0),
        ),
        migrations.AddField(
            model_name="finding",
            name="known",
            field=models.FloatField(db_default=1.0, default=1.0),
        ),
    ]
