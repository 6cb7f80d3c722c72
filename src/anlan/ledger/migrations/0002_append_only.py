"""Refuse UPDATE, DELETE and TRUNCATE on everything that must stay as it was written.

These triggers stop mistakes and ordinary accounts. A superuser can disable them; what he changes
then is found by `anlan ledger verify` against a checkpoint kept outside.
"""

from django.db import migrations

TABLES = ("ledger_entry", "ledger_leaf", "ledger_node", "ledger_checkpoint")

FUNCTION = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation',
              HINT = 'Write a new ledger entry that says what was wrong with the old one.';
END
$$
"""

TRIGGERS = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_tables")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION ledger_refuse_change()"),
        *(
            migrations.RunSQL(
                TRIGGERS.format(table=table),
                f"DROP TRIGGER {table}_append_only ON {table};"
                f"DROP TRIGGER {table}_no_truncate ON {table};",
            )
            for table in TABLES
        ),
    ]
