from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="RateCount",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("window_at", models.DateTimeField(db_index=True)),
                ("tries", models.PositiveIntegerField()),
            ],
        ),
        migrations.RunSQL(
            "ALTER TABLE people_ratecount SET UNLOGGED",
            reverse_sql="ALTER TABLE people_ratecount SET LOGGED",
        ),
    ]
