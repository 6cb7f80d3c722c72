-- Cases opened a week at a place with all below it, of all matters together.
-- Where weeks are kept by the roll-up at this place or below, they are read from there; else from the days.
-- Deltas are added, so the answer equals a recount at this moment.
-- Parameters: path (ltree text), path_end (upper bound of the subtree), is_kept (weeks are kept no higher
--   than this place), first_date, until_date (local dates, Mondays, until exclusive).
-- Columns: week_date (its Monday), opened (cases).
-- Index relied on: rollup_weekly_once, rollup_daily_once, the unique path of places_place.
WITH places AS MATERIALIZED (
    SELECT id FROM places_place WHERE path >= %(path)s::ltree AND path < %(path_end)s::ltree
), figures AS (
    SELECT area_id AS place_id, week_date AS date, opened FROM rollup_weekly
    WHERE %(is_kept)s AND week_date >= %(first_date)s AND week_date < %(until_date)s
    UNION ALL
    SELECT place_id, date, opened FROM rollup_daily
    WHERE NOT %(is_kept)s AND date >= %(first_date)s AND date < %(until_date)s
        AND place_id = ANY (ARRAY(SELECT id FROM places WHERE NOT %(is_kept)s))
    UNION ALL
    SELECT place_id, date, opened FROM rollup_delta
    WHERE date >= %(first_date)s AND date < %(until_date)s
)
SELECT date - (extract(isodow FROM date)::int - 1) AS week_date, sum(opened)::bigint AS opened
FROM figures JOIN places ON places.id = figures.place_id
GROUP BY 1 HAVING sum(opened) <> 0 ORDER BY 1
