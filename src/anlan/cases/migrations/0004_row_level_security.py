"""Who sees a case's rows: the same rule as `visible_to` and `open_to`, kept by the database.

A case is seen from a seat over its place (for a department's seat: while that department holds it),
by whoever was sent to it, and in a scope that names it. What belongs to a case is seen with it. A
transaction that has locked a case (`access_case`) holds it to its end (`anlan.held`), also when the
change takes it out of the actor's sight: handing it to another department must be possible.
Rows are written in any scope, but in none without one.
"""

from django.db import migrations

from anlan.kernel.sql import row_policy

OPEN_CASES = """
CREATE FUNCTION anlan_open_cases() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
SECURITY DEFINER SET search_path = public
    RETURN ARRAY(
        SELECT jsonb_array_elements_text(anlan_scope('cases'))::uuid
        UNION ALL
        SELECT held::uuid
        FROM unnest(string_to_array(current_setting('anlan.held', true), ' ')) AS held
        WHERE held <> ''
        UNION ALL
        SELECT belongs.case_id
        FROM unnest(anlan_codes()) AS named (code)
        JOIN intake_signal AS signal ON signal.code = named.code::varchar
        JOIN cases_casesignal AS belongs ON belongs.signal_id = signal.id
    )
"""

CASE = """
    place_path <@ (SELECT anlan_wide_places())
    OR responders @> ARRAY[(SELECT anlan_person())]
    OR EXISTS (
        SELECT FROM unnest(
            (SELECT anlan_narrow_departments()), (SELECT anlan_narrow_places())
        ) AS seat (department, place)
        WHERE cases_case.place_path <@ seat.place
            AND cases_case.departments @> ARRAY[seat.department]
    )
    OR id = ANY ((SELECT anlan_open_cases())::uuid[])
"""
# Rooms below know no cases; who may see their rows is decided by the case they belong to.
OF_SIGNAL = """
    sender = (SELECT anlan_sender())
    OR code = ANY ((SELECT anlan_codes())::varchar[])
    OR EXISTS (SELECT FROM cases_casesignal AS mine WHERE mine.signal_id = intake_signal.id)
"""
OF_CONTACT = "EXISTS (SELECT FROM intake_signal AS mine WHERE mine.id = intake_contact.signal_id)"
OF_DOCUMENT = """
    kept_by = (SELECT anlan_person())
    OR id = ANY ((SELECT anlan_documents())::uuid[])
    OR EXISTS (SELECT FROM cases_casephoto AS mine WHERE mine.document_id = documents_document.id)
"""

OF_CASE = "EXISTS (SELECT FROM cases_case AS mine WHERE mine.id = {table}.case_id)"

POLICIES = (
    row_policy("cases_case", CASE),
    *(
        row_policy(table, OF_CASE.format(table=table))
        for table in ("cases_step", "cases_casesignal", "cases_casephoto")
    ),
    # Found through functions that run as the owner (0003_search); erased by sweeps over everything.
    row_policy("cases_searchrow", "false"),
    row_policy("intake_signal", OF_SIGNAL),
    row_policy("intake_contact", OF_CONTACT),
    row_policy("documents_document", OF_DOCUMENT),
)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0003_search"),
        ("config", "0002_row_level_security"),
        ("documents", "0001_initial"),
        ("intake", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(OPEN_CASES, "DROP FUNCTION anlan_open_cases"),
        *(migrations.RunSQL(*policy) for policy in POLICIES),
    ]
