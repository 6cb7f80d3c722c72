-- The facts of a month: what each case adds to a day's figures by being opened, closed or rated. They add up to the roll-up.
-- A case merged into another is counted with that one; its ratings stay its own. Nothing here names a person.
-- Parameters: jurisdiction (code), labels (labels of the lowest reported place's path), month_date (first day), until_date (first day of the next month).
-- Columns: date (local), place, area (code of the lowest reported place), matter, department, channel, level, and the measures of the daily figures.
-- Index relied on: primary keys; cases and ratings of other months are passed over.
WITH added AS (
    SELECT id, opened_date AS date, place_id, matter_id, unit_id, level, 1 AS opened, 0 AS closed,
        reopen_count::int AS reopened, 0 AS closed_late, 0 AS close_minutes, (accepted_at IS NOT NULL)::int AS accepted,
        coalesce(floor(extract(epoch FROM accepted_at - opened_at) / 60), 0)::bigint AS accept_minutes,
        0 AS satisfied, 0 AS unsatisfied
    FROM cases_case
    WHERE merged_into_id IS NULL AND opened_date >= %(month_date)s AND opened_date < %(until_date)s
    UNION ALL
    SELECT id, closed_date, place_id, matter_id, unit_id, level, 0, 1, 0, (closed_at > close_due_at)::int,
        floor(extract(epoch FROM closed_at - opened_at) / 60)::bigint, 0, 0, 0, 0
    FROM cases_case
    WHERE merged_into_id IS NULL AND closed_date >= %(month_date)s AND closed_date < %(until_date)s
    UNION ALL
    SELECT one.id, rating.rated_date, place_id, matter_id, unit_id, level, 0, 0, 0, 0, 0, 0, 0,
        is_satisfied::int, (NOT is_satisfied)::int
    FROM ratings_rating AS rating JOIN cases_case AS one ON one.id = rating.case_id
    WHERE rating.rated_date >= %(month_date)s AND rating.rated_date < %(until_date)s
)
SELECT added.date, place.code AS place, coalesce(area.code, place.code) AS area, matter.code AS matter,
    unit.department, coalesce(first.channel, '') AS channel, added.level, opened, closed, reopened, closed_late,
    close_minutes, accepted, accept_minutes, satisfied, unsatisfied
FROM added
JOIN places_place AS place ON place.id = added.place_id AND place.jurisdiction_id = %(jurisdiction)s
LEFT JOIN places_place AS area ON area.path = subltree(place.path, 0, least(nlevel(place.path), %(labels)s))
JOIN cases_matter AS matter ON matter.id = added.matter_id
JOIN places_unit AS unit ON unit.id = added.unit_id
LEFT JOIN LATERAL (
    SELECT signal.channel FROM cases_casesignal AS link JOIN intake_signal AS signal ON signal.id = link.signal_id
    WHERE link.case_id = added.id ORDER BY link.joined_at, signal.id LIMIT 1
) AS first ON true
ORDER BY area, matter, date, added.id
