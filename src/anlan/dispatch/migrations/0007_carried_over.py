"""From which merged case somebody who was sent has come along."""

from django.db import migrations, models


class Migration(migrations.Migration):
    expands = True
    dependencies = [("dispatch", "0006_batches")]
    operations = [migrations.AddField("dispatch", "carried_from", models.UUIDField(null=True))]
