"""Analysis papers beside the two reports: a kind, and versions by kind."""

from django.db import migrations, models
from django.db.models import Q

BY_KIND = ["kind", "place", "month_date"]


class Migration(migrations.Migration):
    # What the version before writes is a report, by the database's own default; papers are made by newer versions only.
    expands = True

    dependencies = [("reports", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="report",
            name="kind",
            field=models.CharField(db_default="TWO", default="TWO", max_length=8),
        ),
        migrations.RemoveConstraint(model_name="report", name="reports_report_once"),
        migrations.RemoveConstraint(model_name="report", name="reports_report_one_open"),
        migrations.RemoveConstraint(model_name="report", name="reports_report_one_signed"),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                fields=[*BY_KIND, "version"], name="reports_report_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                condition=Q(state__in=("DRAFT", "SUBMITTED")),
                fields=BY_KIND,
                name="reports_report_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                condition=Q(state="SIGNED"), fields=BY_KIND, name="reports_report_one_signed"
            ),
        ),
    ]
