"""Weeks of cases opened, all matters together, by the lowest place that has a report: kept as the months are.

The paper of a month shows a year of weeks; from the daily figures that was every grid, matter and day of it.
"""

from importlib import import_module

from django.db import migrations, models

months = import_module("anlan.rollup.migrations.0008_months")

# Ordered, so that two folds wait for each other; a week in which nothing was opened is not touched.
ADD = """
    INSERT INTO rollup_weekly AS weekly (week_date, area_id, opened)
    SELECT date - (extract(isodow FROM date)::integer - 1), coalesce(area.id, place_id), sum(opened)
    FROM ({rows}) AS figures
    LEFT JOIN places_place AS place ON place.id = place_id
    LEFT JOIN places_jurisdiction AS jurisdiction ON jurisdiction.code = place.jurisdiction_id
    LEFT JOIN places_place AS area ON area.path = subltree(
        place.path, 0, least(nlevel(place.path), greatest(jsonb_array_length(jurisdiction.levels) - 2, 1)))
    GROUP BY 1, 2
    HAVING sum(opened) <> 0
    ORDER BY 1, 2
    ON CONFLICT (week_date, area_id) DO UPDATE SET opened = weekly.opened + excluded.opened;
"""
NEW = "SELECT place_id, date, opened FROM new_rows"
OLD = "SELECT place_id, date, -opened AS opened FROM old_rows"
ALL = "SELECT place_id, date, opened FROM rollup_daily"


def as_weeks(text: str) -> str:
    """Give what is said of months for weeks."""
    return text.replace("rollup_month", "rollup_week")


def trigger(when: str, rows: str, referencing: str) -> str:
    """Write the function and the statement trigger for one kind of change of daily figures."""
    return f"""
CREATE FUNCTION rollup_weeks_{when}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{ADD.format(rows=rows)}
    RETURN NULL;
END $$;
CREATE TRIGGER rollup_weeks_{when} AFTER {when.upper()} ON rollup_daily
    REFERENCING {referencing} FOR EACH STATEMENT EXECUTE FUNCTION rollup_weeks_{when}();
"""


AGAIN = as_weeks(months.AGAIN.replace(months.ADD.format(rows=months.ALL), ADD.format(rows=ALL)))
NOT_AGAIN = as_weeks(months.NOT_AGAIN)
FILL = "LOCK TABLE rollup_daily IN SHARE ROW EXCLUSIVE MODE;" + ADD.format(rows=ALL)
DROP = as_weeks(months.DROP)


class Migration(migrations.Migration):
    # Whoever writes daily figures knows nothing of the weeks: triggers keep them.
    expands = True
    dependencies = [("rollup", "0008_months")]
    operations = [
        migrations.CreateModel(
            name="Weekly",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("week_date", models.DateField()),
                ("area_id", models.BigIntegerField()),
                ("opened", models.BigIntegerField(default=0, db_default=0)),
            ],
        ),
        migrations.AddConstraint(
            model_name="weekly",
            constraint=models.UniqueConstraint(fields=["week_date", "area_id"], name="rollup_weekly_once"),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(trigger("insert", NEW, "NEW TABLE AS new_rows"), DROP.format(when="insert")),
        migrations.RunSQL(
            trigger("update", f"{NEW} UNION ALL {OLD}", "NEW TABLE AS new_rows OLD TABLE AS old_rows"),
            DROP.format(when="update"),
        ),
        migrations.RunSQL(trigger("delete", OLD, "OLD TABLE AS old_rows"), DROP.format(when="delete")),
        migrations.RunSQL(AGAIN, NOT_AGAIN),
    ]  # fmt: skip
