-- Count a month's indicators for every place that is kept here, from daily figures and deltas, in one statement.
-- A place is kept here when every lowest reported place below it has units of its own; figures of a place whose code ended
-- count for its heirs. A value that a department returned stays. Only what differs is written.
-- Parameters: jurisdiction (code), labels (labels of the lowest reported place's path), terms (JSON: indicator_id, is_below,
--   measure, matter_ids), month_date (first day), until_date (first day of the next month).
-- Columns: written (values new or changed).
-- Index relied on: rollup_daily_date, indicators_value_once.
WITH terms AS MATERIALIZED (
    SELECT term.indicator_id, term.is_below, term.measure, matter_id
    FROM jsonb_to_recordset(%(terms)s::jsonb)
        AS term (indicator_id bigint, is_below boolean, measure text, matter_ids bigint[]),
        unnest(term.matter_ids) AS matter_id
), area AS MATERIALIZED (
    SELECT id, path::text AS path, nlevel(path) AS labels
    FROM places_place WHERE jurisdiction_id = %(jurisdiction)s AND nlevel(path) <= %(labels)s
), lowest AS MATERIALIZED (
    -- The lowest reported place of every place that has figures.
    SELECT id, subltree(path, 0, least(nlevel(path), %(labels)s))::text AS path
    FROM places_place WHERE jurisdiction_id = %(jurisdiction)s
), figures AS (
    SELECT place_id, matter_id, opened, closed, reopened, closed_late, close_minutes, accepted,
        accept_minutes, satisfied, unsatisfied
    FROM rollup_daily WHERE date >= %(month_date)s AND date < %(until_date)s
    UNION ALL
    SELECT place_id, matter_id, opened, closed, reopened, closed_late, close_minutes, accepted,
        accept_minutes, satisfied, unsatisfied
    FROM rollup_delta WHERE date >= %(month_date)s AND date < %(until_date)s
), summed AS (
    SELECT lowest.path, matter_id, sum(opened) AS opened, sum(closed) AS closed, sum(reopened) AS reopened,
        sum(closed_late) AS closed_late, sum(close_minutes) AS close_minutes, sum(accepted) AS accepted,
        sum(accept_minutes) AS accept_minutes, sum(satisfied) AS satisfied, sum(unsatisfied) AS unsatisfied
    FROM figures JOIN lowest ON lowest.id = figures.place_id
    GROUP BY 1, 2
), measured AS (
    SELECT summed.path, terms.indicator_id, terms.is_below, sum(part.amount) AS amount
    FROM summed
    CROSS JOIN LATERAL (VALUES
        ('opened', opened), ('closed', closed), ('reopened', reopened), ('closed_late', closed_late),
        ('close_minutes', close_minutes), ('accepted', accepted), ('accept_minutes', accept_minutes),
        ('satisfied', satisfied), ('unsatisfied', unsatisfied), ('rated', satisfied + unsatisfied)
    ) AS part (measure, amount)
    JOIN terms ON terms.matter_id = summed.matter_id AND terms.measure = part.measure
    WHERE part.amount <> 0
    GROUP BY 1, 2, 3
), heir AS (
    SELECT old.path::text AS old_path, place.path::text AS path, succession.share
    FROM indicators_succession AS succession
    JOIN places_place AS old ON old.code = succession.old_code
    JOIN places_place AS place ON place.id = succession.place_id
), inherited AS (
    SELECT coalesce(heir.path, measured.path) AS path, indicator_id, is_below,
        amount * coalesce(heir.share, 1) AS amount
    FROM measured LEFT JOIN heir ON heir.old_path = measured.path
), climbed AS (
    SELECT area.id AS place_id, indicator_id,
        sum(amount) FILTER (WHERE NOT is_below) AS numerator, sum(amount) FILTER (WHERE is_below) AS denominator
    FROM inherited
    CROSS JOIN LATERAL generate_series(1, nlevel(inherited.path::ltree)) AS label
    JOIN area ON area.path = subltree(inherited.path::ltree, 0, label)::text
    GROUP BY 1, 2
), seated AS MATERIALIZED (
    SELECT DISTINCT lowest.path FROM places_unit AS unit JOIN lowest ON lowest.id = unit.place_id
), kept AS (
    SELECT area.id
    FROM area AS leaf
    CROSS JOIN LATERAL generate_series(1, leaf.labels) AS label
    JOIN area ON area.path = subltree(leaf.path::ltree, 0, label)::text
    LEFT JOIN seated ON seated.path = leaf.path
    WHERE leaf.labels = %(labels)s AND NOT EXISTS (SELECT FROM heir WHERE heir.old_path = leaf.path)
    GROUP BY area.id
    HAVING bool_and(seated.path IS NOT NULL)
), wanted AS (
    SELECT one.id, base.id AS per_id, one.formula ->> 'of' <> '' AS has_below,
        (one.formula ->> 'times')::float AS times
    FROM indicators_indicator AS one
    LEFT JOIN indicators_indicator AS base
        ON base.jurisdiction_id = one.jurisdiction_id AND base.code = one.formula ->> 'per'
    WHERE one.jurisdiction_id = %(jurisdiction)s AND one.is_active AND one.formula ->> 'count' <> ''
), parts AS (
    SELECT wanted.id AS indicator_id, kept.id AS place_id, wanted.times,
        coalesce(climbed.numerator, 0)::float AS numerator,
        CASE WHEN wanted.has_below THEN coalesce(climbed.denominator, 0)::float ELSE base.value END AS denominator,
        wanted.has_below OR wanted.per_id IS NOT NULL AS is_divided
    FROM kept CROSS JOIN wanted
    LEFT JOIN climbed ON climbed.place_id = kept.id AND climbed.indicator_id = wanted.id
    LEFT JOIN LATERAL (
        SELECT value FROM indicators_value AS given
        WHERE given.indicator_id = wanted.per_id AND given.place_id = kept.id
            AND given.month_date <= %(month_date)s AND given.value IS NOT NULL
        ORDER BY given.month_date DESC LIMIT 1
    ) AS base ON true
), written AS (
    INSERT INTO indicators_value AS held
        (indicator_id, place_id, month_date, numerator, denominator, value, is_returned)
    SELECT indicator_id, place_id, %(month_date)s, numerator, denominator,
        CASE WHEN is_divided THEN numerator * times / nullif(denominator, 0) ELSE numerator * times END, false
    FROM parts
    ON CONFLICT (indicator_id, place_id, month_date) DO UPDATE SET
        numerator = excluded.numerator, denominator = excluded.denominator, value = excluded.value
    WHERE NOT held.is_returned AND (held.numerator, held.denominator, held.value)
        IS DISTINCT FROM (excluded.numerator, excluded.denominator, excluded.value)
    RETURNING 1
)
SELECT count(*) AS written FROM written
