from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0004_lentseat")]
    expands = True

    operations = [
        migrations.AddField(
            model_name="person",
            name="initial_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="person",
            name="is_demo",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="signin",
            name="step",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
