-- Cases opened a week, by place of some levels (each with all below it) and matter.
-- Every series is told of; the weeks only of those with so many cases lately: of most places and matters nobody asks for years of weeks.
-- Days are added up by the lowest place first, then these by the places above: each day is read and moved once.
-- Parameters: path (ltree text), path_end (upper bound of the subtree), levels (codes of levels), matters (ids),
--   first_date, until_date (local dates, Mondays, until exclusive), lately (number of weeks), least (cases in them).
-- Columns: place_id, matter_id, begun (number of its first week with a case, from first_date on), weeks (numbers of weeks with cases, in no
--   order), opened (cases, beside weeks); both null where there are fewer than `least`.
-- Index relied on: rollup_daily_date, the unique path of places_place.
WITH areas AS MATERIALIZED (
    SELECT id, path FROM places_place
    WHERE level = ANY (%(levels)s) AND path >= %(path)s::ltree AND path < %(path_end)s::ltree
), lowest AS MATERIALIZED (
    SELECT place.id AS place_id, area.id AS area_id
    FROM places_place place
    CROSS JOIN (SELECT max(nlevel(path)) AS labels FROM areas) AS deepest
    JOIN places_place area ON area.path = subltree(place.path, 0, least(nlevel(place.path), labels))
    WHERE place.path >= %(path)s::ltree AND place.path < %(path_end)s::ltree AND area.id IN (SELECT id FROM areas)
), above AS MATERIALIZED (
    SELECT low.id AS area_id, area.id AS place_id FROM areas low JOIN areas area ON area.path @> low.path
), figures AS (
    SELECT place_id, matter_id, date, opened FROM rollup_daily
    WHERE date >= %(first_date)s AND date < %(until_date)s AND matter_id = ANY (%(matters)s) AND opened <> 0
    UNION ALL
    SELECT place_id, matter_id, date, opened FROM rollup_delta
    WHERE date >= %(first_date)s AND date < %(until_date)s AND matter_id = ANY (%(matters)s) AND opened <> 0
), weeks AS MATERIALIZED (
    SELECT area_id, matter_id, ((date - %(first_date)s::date) / 7)::int AS week, sum(opened) AS opened
    FROM figures JOIN lowest USING (place_id)
    GROUP BY 1, 2, 3
), every_area AS (
    SELECT above.place_id, matter_id, week, sum(opened)::int AS opened
    FROM weeks JOIN above USING (area_id)
    GROUP BY 1, 2, 3
    HAVING sum(opened) > 0
), series AS (
    SELECT place_id, matter_id, min(week) AS begun, array_agg(week) AS weeks, array_agg(opened) AS opened,
        coalesce(sum(opened) FILTER (
            WHERE week >= (%(until_date)s::date - %(first_date)s::date) / 7 - %(lately)s
        ), 0) >= %(least)s AS is_told
    FROM every_area
    GROUP BY 1, 2
)
SELECT place_id, matter_id, begun, CASE WHEN is_told THEN weeks END AS weeks, CASE WHEN is_told THEN opened END AS opened
FROM series
