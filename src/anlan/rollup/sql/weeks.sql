-- Cases opened a week, by place of some levels (each with all below it) and matter.
-- Every series is told of; the weeks only of those with so many cases lately: of most places and matters nobody asks for years of weeks.
-- Parameters: path (ltree text), path_end (upper bound of the subtree), levels (codes of levels), matters (ids),
--   first_date, until_date (local dates, Mondays, until exclusive), lately (number of weeks), least (cases in them).
-- Columns: place_id, matter_id, begun (number of its first week with a case, from first_date on), weeks (numbers of weeks with cases, in no
--   order), opened (cases, beside weeks); both null where there are fewer than `least`.
-- Index relied on: rollup_daily_date, places_place_path_gist.
WITH figures AS (
    SELECT place_id, matter_id, date, opened
    FROM rollup_daily WHERE date >= %(first_date)s AND date < %(until_date)s AND opened <> 0
    UNION ALL
    SELECT place_id, matter_id, date, opened
    FROM rollup_delta WHERE date >= %(first_date)s AND date < %(until_date)s AND opened <> 0
), weeks AS (
    SELECT place_id, matter_id, ((date - %(first_date)s::date) / 7)::int AS week, sum(opened) AS opened
    FROM figures
    GROUP BY 1, 2, 3
), every_area AS (
    SELECT area.id AS place_id, weeks.matter_id, weeks.week, sum(weeks.opened)::int AS opened
    FROM weeks
    JOIN places_place place ON place.id = weeks.place_id
    JOIN places_place area ON area.path @> place.path AND area.level = ANY (%(levels)s)
    WHERE place.path >= %(path)s::ltree AND place.path < %(path_end)s::ltree AND weeks.matter_id = ANY (%(matters)s)
    GROUP BY 1, 2, 3
    HAVING sum(weeks.opened) > 0
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
