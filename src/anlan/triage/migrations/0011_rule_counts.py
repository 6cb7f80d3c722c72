"""What each routing rule decided and where it failed, kept by triggers: rows by rule, place and day that add up.

The list of rules tells what they did in thirty days; read from the decisions themselves that was a month of
the busiest table. Row triggers with a condition: a report that no rule decided, nearly every move of a case,
costs a comparison and nothing else. Only inserted, so that writers never wait for each other because of it.
A case that is given another place or day takes its counts along.
"""

from django.db import migrations, models

DEEDS = """
CREATE FUNCTION triage_rule_deeds(reason jsonb, sign integer)
RETURNS TABLE (rule_id bigint, decided bigint, failed bigint) LANGUAGE sql IMMUTABLE AS $$
    SELECT (reason #>> '{route,rule}')::bigint, sign, 0 WHERE reason #>> '{route,rule}' IS NOT NULL
    UNION ALL
    SELECT (error ->> 0)::bigint, 0, sign FROM jsonb_array_elements(reason #> '{route,errors}') AS error
$$;
"""

# As the tables' owner: who hands a case on may no longer see it when its counts follow.
FUNCTION = "RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS"
ADD = """
    INSERT INTO triage_rulecount (rule_id, place_id, date, decided, failed)
    SELECT deed.rule_id, {place}, {date}, deed.decided, deed.failed
    FROM {rows}
"""
OF_CASE = {"place": "mine.place_id", "date": "mine.opened_date"}
NEW = ADD.format(
    rows="cases_case AS mine, triage_rule_deeds(NEW.reason, 1) AS deed WHERE mine.id = NEW.case_id;",
    **OF_CASE,
)
OLD = ADD.format(
    rows="cases_case AS mine, triage_rule_deeds(OLD.reason, -1) AS deed WHERE mine.id = OLD.case_id;",
    **OF_CASE,
)
FOLLOW = "".join(
    ADD.format(
        place=f"{row}.place_id", date=f"{row}.opened_date",
        rows=f"triage_decision AS made, triage_rule_deeds(made.reason, {sign}) AS deed WHERE made.case_id = NEW.id;",
    )
    for row, sign in (("NEW", 1), ("OLD", -1))
)  # fmt: skip
BY_RULE = "({row}.reason -> 'route') ?| ARRAY['rule', 'errors']"


def trigger(name: str, table: str, when: str, condition: str, body: str) -> str:
    """Write a function and the row trigger that calls it where the condition holds."""
    return f"""
CREATE FUNCTION triage_rulecount_{name}() {FUNCTION} $$
BEGIN
{body}
    RETURN NULL;
END $$;
CREATE TRIGGER triage_rulecount_{name} AFTER {when} ON {table}
    FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION triage_rulecount_{name}();
"""


TRIGGERS = (
    ("insert", "triage_decision", "INSERT", BY_RULE.format(row="NEW"), NEW),
    ("delete", "triage_decision", "DELETE", BY_RULE.format(row="OLD"), OLD),
    ("update", "triage_decision", "UPDATE OF reason, case_id",
     "(OLD.case_id, OLD.reason -> 'route') IS DISTINCT FROM (NEW.case_id, NEW.reason -> 'route')", OLD + NEW),
    ("follow", "cases_case", "UPDATE OF place_id, opened_date",
     "(OLD.place_id, OLD.opened_date) <> (NEW.place_id, NEW.opened_date)", FOLLOW),
)  # fmt: skip

# Nobody decides between the first count and the triggers.
FILL = "LOCK TABLE triage_decision IN SHARE ROW EXCLUSIVE MODE;" + ADD.format(
    rows="triage_decision AS made JOIN cases_case AS mine ON mine.id = made.case_id,"
    " triage_rule_deeds(made.reason, 1) AS deed;",
    **OF_CASE,
)


class Migration(migrations.Migration):
    # Whoever writes decisions knows nothing of the counts: triggers keep them.
    expands = True
    dependencies = [
        ("cases", "0012_saved_filters"),
        ("triage", "0010_unchecked_references"),
    ]
    operations = [
        migrations.CreateModel(
            name="RuleCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule_id", models.BigIntegerField()),
                ("place_id", models.BigIntegerField()),
                ("date", models.DateField()),
                ("decided", models.BigIntegerField()),
                ("failed", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["date", "place_id"], include=["rule_id", "decided", "failed"],
                        name="triage_rulecount_date",
                    )
                ],
            },
        ),
        migrations.RunSQL(DEEDS, "DROP FUNCTION triage_rule_deeds(jsonb, integer)"),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        *(
            migrations.RunSQL(
                trigger(name, table, when, condition, body),
                f"DROP TRIGGER triage_rulecount_{name} ON {table}; DROP FUNCTION triage_rulecount_{name}();",
            )
            for name, table, when, condition, body in TRIGGERS
        ),
    ]  # fmt: skip
