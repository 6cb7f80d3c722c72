"""Rows that others name stay, where no constraint says so.

The references that every signal writes have no foreign key, which would lock and look up each named row
again (docs/decisions/0033-the-hot-rows-are-checked-once.md). What a key does when a named row is deleted
or renumbered, which hardly ever happens, these triggers do. A test holds the list to the models;
`anlan backup check` looks for rows that name nothing.
"""

from django.db import migrations

NAMED_BY = {
    "places_place": ("intake_signal.place_id", "cases_case.place_id"),
    "places_unit": ("cases_case.unit_id", "cases_case.desk_id", "triage_decision.unit_id"),
    "cases_matter": ("cases_case.matter_id", "triage_decision.matter_id"),
    "triage_classifierversion": ("triage_decision.classifier_id",),
    "intake_signal": (
        "intake_contact.signal_id", "cases_casesignal.signal_id", "triage_decision.signal_id",
    ),
    "cases_case": (
        "cases_step.case_id", "cases_casesignal.case_id", "triage_decision.case_id",
        "cases_case.merged_into_id",
    ),
}  # fmt: skip

# Of the tables' owner: whoever deletes may not see all rows that name the one deleted.
FUNCTION = """
CREATE FUNCTION anlan_keep_named() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    reference text;
    is_named boolean;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.id = OLD.id THEN
        RETURN NEW;
    END IF;
    FOREACH reference IN ARRAY TG_ARGV LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I = $1)',
                       split_part(reference, '.', 1), split_part(reference, '.', 2))
            INTO is_named USING OLD.id;
        IF is_named THEN
            RAISE foreign_key_violation USING
                MESSAGE = format('a row of %s is still named by %s', TG_TABLE_NAME, reference);
        END IF;
    END LOOP;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""


def make_trigger(table: str, references: tuple[str, ...]) -> migrations.RunSQL:
    """Watch the rows of a table that others name."""
    given = ", ".join(f"'{reference}'" for reference in references)
    return migrations.RunSQL(
        f"CREATE TRIGGER anlan_keep_named BEFORE DELETE OR UPDATE OF id ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION anlan_keep_named({given})",
        f"DROP TRIGGER anlan_keep_named ON {table}",
    )


class Migration(migrations.Migration):
    expands = True
    dependencies = [
        ("config", "0002_row_level_security"),
        ("intake", "0002_unchecked_references"),
        ("cases", "0011_unchecked_references"),
        ("triage", "0010_unchecked_references"),
    ]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION anlan_keep_named()"),
        *(make_trigger(table, references) for table, references in NAMED_BY.items()),
    ]
