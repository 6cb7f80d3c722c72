"""What row-level security stands on: the application's role, and functions that read the scope.

Web and worker connect as the role `anlan_app`, which owns no table; the owner's connections
(migrations, the command line, back-up) see all rows. A transaction tells its scope in the setting
`anlan.scope` (`kernel/scope.py`), and the rooms' policies ask these functions. They are wrapped in
`(SELECT …)` there, so that each is asked once a statement and not once a row.
A room whose migration makes policies lists `("config", "0002_row_level_security")` among its
dependencies. How it works together: docs/explanation/row-level-security.md.
"""

from django.db import migrations

GRANTS = """
GRANT USAGE ON SCHEMA public TO anlan_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO anlan_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO anlan_app;
"""

# Of the tables that later migrations make. A dump says whose defaults these are, so a restore, whose
# owner may have another name, leaves them out and sets them again.
DEFAULTS = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO anlan_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO anlan_app;
"""

FUNCTIONS = """
CREATE FUNCTION anlan_sees_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('anlan.scope', true) = 'all', false);

CREATE FUNCTION anlan_has_scope() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('anlan.scope', true), '') <> '';

CREATE FUNCTION anlan_scope(part text) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN current_setting('anlan.scope', true) LIKE '{%'
        THEN current_setting('anlan.scope', true)::jsonb -> part END;

CREATE FUNCTION anlan_wide_places() RETURNS ltree[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ARRAY(SELECT jsonb_array_elements_text(anlan_scope('wide')))::ltree[];

CREATE FUNCTION anlan_narrow_places() RETURNS ltree[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ARRAY(SELECT (pair ->> 1)::ltree FROM jsonb_array_elements(anlan_scope('narrow'))
        WITH ORDINALITY AS seat (pair, number) ORDER BY number);

CREATE FUNCTION anlan_narrow_departments() RETURNS varchar[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ARRAY(SELECT pair ->> 0 FROM jsonb_array_elements(anlan_scope('narrow'))
        WITH ORDINALITY AS seat (pair, number) ORDER BY number)::varchar[];

CREATE FUNCTION anlan_person() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (anlan_scope('person') #>> '{}')::uuid;

CREATE FUNCTION anlan_sender() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN anlan_scope('sender') #>> '{}';

CREATE FUNCTION anlan_codes() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ARRAY(SELECT jsonb_array_elements_text(anlan_scope('codes')));

CREATE FUNCTION anlan_documents() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ARRAY(SELECT jsonb_array_elements_text(anlan_scope('documents')))::uuid[];
"""

# Comparisons of ltree raise no error and tell nothing of what they compare. Marked as leakproof, the
# server may use an index for them before it has asked a policy. Only a superuser may say so; without
# it lists are right but slow.
LEAKPROOF = """
DO $$
DECLARE name regprocedure;
BEGIN
    FOR name IN
        SELECT p.oid::regprocedure FROM pg_proc AS p
        JOIN pg_depend AS d ON d.objid = p.oid AND d.deptype = 'e'
        JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'ltree'
        WHERE p.proname IN (
            'ltree_lt', 'ltree_le', 'ltree_eq', 'ltree_ge', 'ltree_gt', 'ltree_ne', 'ltree_cmp',
            'ltree_isparent', 'ltree_risparent'
        )
    LOOP
        EXECUTE format('ALTER FUNCTION %s LEAKPROOF', name);
    END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'ltree comparisons stay unmarked: only a superuser may call them leakproof';
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("config", "0001_extensions")]
    operations = [
        migrations.RunSQL([GRANTS, DEFAULTS], migrations.RunSQL.noop),
        migrations.RunSQL(
            FUNCTIONS,
            "DROP FUNCTION anlan_documents, anlan_codes, anlan_sender, anlan_person, anlan_narrow_departments,"
            " anlan_narrow_places, anlan_wide_places, anlan_scope, anlan_has_scope, anlan_sees_all",
        ),
        migrations.RunSQL(LEAKPROOF, migrations.RunSQL.noop),
    ]
