"""Who stands duty at an instant, told once: whatever lists people to be asked reads these functions.

Both are plain enough for the planner to open them up, so that a place or a person asked for beside them
still finds its index.
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION people_shift_at(duty bigint, at timestamptz)
RETURNS TABLE (is_on_duty boolean, on_until timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT count(*) = 0 OR bool_or(s.starts_at <= at AND s.ends_at > at),
        max(s.ends_at) FILTER (WHERE s.starts_at <= at AND s.ends_at > at)
    FROM people_shift AS s WHERE s.duty_id = duty
$$;
COMMENT ON FUNCTION people_shift_at IS
    'Whether a shift of a duty covers an instant (a duty without a calendar always stands), and until when';

CREATE FUNCTION people_duties_held(roles text[], at timestamptz)
RETURNS TABLE (
    duty_id bigint, person_id uuid, name text, role text, department text, place_id bigint,
    place_name text, place_path ltree, place_depth integer, lon double precision,
    lat double precision, is_on_duty boolean, on_until timestamptz
)
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT duty.id, person.id, person.name::text, duty.role::text, duty.department::text, place.id,
        place.name::text, place.path, place.depth::integer, place.lon, place.lat,
        shift.is_on_duty, shift.on_until
    FROM people_duty AS duty
    JOIN people_person AS person ON person.id = duty.person_id AND person.is_active
    JOIN places_place AS place ON place.id = duty.place_id
    JOIN places_jurisdiction AS jurisdiction ON jurisdiction.code = place.jurisdiction_id
    CROSS JOIN LATERAL people_shift_at(duty.id, at) AS shift
    WHERE duty.role = ANY(roles)
      AND duty.from_date <= (at AT TIME ZONE jurisdiction.time_zone)::date
      AND (duty.until_date IS NULL
           OR duty.until_date > (at AT TIME ZONE jurisdiction.time_zone)::date)
$$;
COMMENT ON FUNCTION people_duties_held IS
    'Duties of some roles held on the local day of an instant by open accounts; is_on_duty: stood then';
"""
FORGET = """
DROP FUNCTION people_duties_held(text[], timestamptz);
DROP FUNCTION people_shift_at(bigint, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0007_recovery")]
    expands = True

    operations = [migrations.RunSQL(FUNCTIONS, FORGET)]
