"""When a delta was written, so that its age can be told."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("rollup", "0004_new_cases_plainly")]
    operations = [
        migrations.AddField("delta", "written_at", models.DateTimeField(db_default=Now())),
    ]
