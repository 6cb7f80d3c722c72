"""Months of daily figures, by the lowest place that has a report: kept by triggers on the daily figures.

A province's month is a million daily figures, and a third as many sums of towns and matters. Triggers, so
that whoever writes daily figures (a fold of the version before, a restore, a copy) keeps them, too. When a
place moves in the tree, or a jurisdiction gets other levels, all are added up anew while folds wait.
"""

from django.db import migrations, models

SUMS = (
    "opened", "closed", "reopened", "closed_late", "close_minutes", "accepted", "accept_minutes", "satisfied",
    "unsatisfied",
)  # fmt: skip
COLUMNS = ", ".join(SUMS)

# Ordered, so that two folds wait for each other and never in a ring.
ADD = f"""
    INSERT INTO rollup_monthly AS monthly (month_date, area_id, matter_id, {COLUMNS})
    SELECT date_trunc('month', date)::date, coalesce(area.id, place_id), matter_id,
        {", ".join(f"sum({name})" for name in SUMS)}
    FROM ({{rows}}) AS figures
    LEFT JOIN places_place AS place ON place.id = place_id
    LEFT JOIN places_jurisdiction AS jurisdiction ON jurisdiction.code = place.jurisdiction_id
    LEFT JOIN places_place AS area ON area.path = subltree(
        place.path, 0, least(nlevel(place.path), greatest(jsonb_array_length(jurisdiction.levels) - 2, 1)))
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
    ON CONFLICT (month_date, area_id, matter_id) DO UPDATE SET
        {", ".join(f"{name} = monthly.{name} + excluded.{name}" for name in SUMS)};
"""  # noqa: S608  the text of a migration, nothing from outside
NEW = f"SELECT place_id, matter_id, date, {COLUMNS} FROM new_rows"  # noqa: S608  the text of a migration, nothing from outside
OLD = f"SELECT place_id, matter_id, date, {', '.join(f'-{name} AS {name}' for name in SUMS)} FROM old_rows"  # noqa: S608  the text of a migration, nothing from outside
ALL = f"SELECT place_id, matter_id, date, {COLUMNS} FROM rollup_daily"  # noqa: S608  the text of a migration, nothing from outside


def trigger(when: str, rows: str, referencing: str) -> str:
    """Write the function and the statement trigger for one kind of change of daily figures."""
    return f"""
CREATE FUNCTION rollup_months_{when}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{ADD.format(rows=rows)}
    RETURN NULL;
END $$;
CREATE TRIGGER rollup_months_{when} AFTER {when.upper()} ON rollup_daily
    REFERENCING {referencing} FOR EACH STATEMENT EXECUTE FUNCTION rollup_months_{when}();
"""


AGAIN = f"""
CREATE FUNCTION rollup_months_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'places_place' THEN
        IF NOT EXISTS (SELECT FROM new_rows JOIN old_rows USING (id) WHERE new_rows.path <> old_rows.path) THEN
            RETURN NULL;
        END IF;
    ELSIF NOT EXISTS (
        SELECT FROM new_rows JOIN old_rows USING (code)
        WHERE jsonb_array_length(new_rows.levels) <> jsonb_array_length(old_rows.levels)
    ) THEN
        RETURN NULL;
    END IF;
    -- A fold that knew the tree as it was ends first; one that comes later finds it as it is.
    LOCK TABLE rollup_daily IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM rollup_monthly;
{ADD.format(rows=ALL)}
    RETURN NULL;
END $$;
CREATE TRIGGER rollup_months_places AFTER UPDATE ON places_place
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rollup_months_again();
CREATE TRIGGER rollup_months_levels AFTER UPDATE ON places_jurisdiction
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION rollup_months_again();
"""  # noqa: S608  the text of a migration, nothing from outside
NOT_AGAIN = """
DROP TRIGGER rollup_months_places ON places_place;
DROP TRIGGER rollup_months_levels ON places_jurisdiction;
DROP FUNCTION rollup_months_again();
"""
# Nobody folds between the first count and the triggers.
FILL = "LOCK TABLE rollup_daily IN SHARE ROW EXCLUSIVE MODE;" + ADD.format(rows=ALL)
DROP = "DROP TRIGGER rollup_months_{when} ON rollup_daily; DROP FUNCTION rollup_months_{when}();"


class Migration(migrations.Migration):
    # Whoever writes daily figures knows nothing of the months: triggers keep them.
    expands = True
    dependencies = [
        ("rollup", "0007_merged_cases_count_once"),
        ("places", "0002_jurisdiction_boundaries"),
    ]
    operations = [
        migrations.CreateModel(
            name="Monthly",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month_date", models.DateField()),
                ("area_id", models.BigIntegerField()),
                ("matter_id", models.BigIntegerField()),
                *((name, models.BigIntegerField(default=0, db_default=0)) for name in SUMS),
            ],
        ),
        migrations.AddConstraint(
            model_name="monthly",
            constraint=models.UniqueConstraint(
                fields=["month_date", "area_id", "matter_id"], name="rollup_monthly_once"
            ),
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
