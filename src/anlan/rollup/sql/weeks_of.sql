-- Cases opened a week at a place with all below it, of all matters together.
-- Parameters: path (ltree text), path_end (upper bound of the subtree), first_date, until_date (local
--   dates, Mondays, until exclusive).
-- Columns: week_date (its Monday), opened (cases).
-- Index relied on: rollup_daily_date, the unique path of places_place.
WITH places AS MATERIALIZED (
    SELECT id FROM places_place WHERE path >= %(path)s::ltree AND path < %(path_end)s::ltree
), days AS (
    SELECT date, sum(opened) AS opened
    FROM (
        SELECT place_id, date, opened FROM rollup_daily
        WHERE date >= %(first_date)s AND date < %(until_date)s
        UNION ALL
        SELECT place_id, date, opened FROM rollup_delta
        WHERE date >= %(first_date)s AND date < %(until_date)s
    ) AS figures
    JOIN places ON places.id = figures.place_id
    GROUP BY date
)
SELECT date - (extract(isodow FROM date)::int - 1) AS week_date, sum(opened)::bigint AS opened
FROM days GROUP BY 1 ORDER BY 1
