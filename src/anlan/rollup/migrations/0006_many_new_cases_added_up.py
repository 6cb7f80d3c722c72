"""Many new cases in one statement, an import's, are added up even when all of them are open.

One delta a case is cheapest for a single signal; for a batch of thousands it only made rows for the
fold to add up later.
"""

from importlib import import_module

from django.db import migrations

before = import_module("anlan.rollup.migrations.0004_new_cases_plainly")

ONE_PLAINLY = f"""
CREATE OR REPLACE FUNCTION rollup_cases_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows OFFSET 1) OR EXISTS (
        SELECT FROM new_rows
        WHERE accepted_at IS NOT NULL OR closed_at IS NOT NULL OR reopen_count <> 0
    ) THEN
{before.ADD_UP}
    ELSE
        INSERT INTO rollup_delta (place_id, matter_id, date, opened)
        SELECT place_id, matter_id, opened_date, 1 FROM new_rows;
    END IF;
    RETURN NULL;
END $$;
"""  # noqa: S608  the text of a migration, nothing from outside


class Migration(migrations.Migration):
    # The running version's writers find the same name, the same sums.
    expands = True
    dependencies = [("rollup", "0005_delta_written_at")]
    operations = [migrations.RunSQL(ONE_PLAINLY, before.PLAINLY)]
