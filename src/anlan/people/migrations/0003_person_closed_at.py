from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0002_ratecount")]

    operations = [
        migrations.AddField(
            model_name="person",
            name="closed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        # When they were closed is not known; their term begins now.
        migrations.RunSQL(
            "UPDATE people_person SET closed_at = now() WHERE NOT is_active",
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
