-- Count a month's indicators for every place that is kept here, from months of daily figures and deltas, in one statement.
-- A place is kept here when every lowest reported place below it has units of its own; figures of a place whose code ended
-- count for its heirs. A value that a department returned stays. Only what differs is written.
-- Matters that the same terms count are one kind: months by area and matter become kinds by area, some ten thousand rows, and only these
-- climb and meet the terms. Sums are of doubles, exact to 2^53 and several times quicker than numeric.
-- Parameters: jurisdiction (code), labels (labels of the lowest reported place's path), kinds (JSON: matter_id → kind),
--   terms (JSON: indicator_id, is_below, measure, kinds), month_date (first day), until_date (first day of the next month).
-- Columns: written (values new or changed).
-- Index relied on: rollup_monthly_once, indicators_value_month, indicators_value_once.
WITH RECURSIVE terms AS MATERIALIZED (
    SELECT term.indicator_id, term.is_below, term.measure, kind
    FROM jsonb_to_recordset(%(terms)s::jsonb)
        AS term (indicator_id bigint, is_below boolean, measure text, kinds int[]),
        unnest(term.kinds) AS kind
), matter AS MATERIALIZED (
    SELECT key::bigint AS id, value::int AS kind FROM jsonb_each_text(%(kinds)s::jsonb)
), area AS MATERIALIZED (
    SELECT id, path, nlevel(path) AS labels
    FROM places_place WHERE jurisdiction_id = %(jurisdiction)s AND nlevel(path) <= %(labels)s
), lowest AS MATERIALIZED (
    -- The lowest reported place of every place that has figures.
    SELECT place.id, area.id AS area_id
    FROM places_place AS place JOIN area ON area.path = subltree(place.path, 0, least(nlevel(place.path), %(labels)s))
    WHERE place.jurisdiction_id = %(jurisdiction)s
), above AS MATERIALIZED (
    SELECT area.id, upper.id AS upper_id
    FROM area
    JOIN (SELECT DISTINCT labels FROM area) AS length ON length.labels <= area.labels
    JOIN area AS upper ON upper.path = subltree(area.path, 0, length.labels)
), figures AS (
    SELECT area_id, matter_id, opened, closed, reopened, closed_late, close_minutes, accepted,
        accept_minutes, satisfied, unsatisfied
    FROM rollup_monthly WHERE month_date = %(month_date)s
    UNION ALL
    SELECT lowest.area_id, matter_id, opened, closed, reopened, closed_late, close_minutes, accepted,
        accept_minutes, satisfied, unsatisfied
    FROM rollup_delta JOIN lowest ON lowest.id = place_id
    WHERE date >= %(month_date)s AND date < %(until_date)s
), summed AS (
    SELECT area_id, matter.kind, sum(opened::float) AS opened, sum(closed::float) AS closed,
        sum(reopened::float) AS reopened, sum(closed_late::float) AS closed_late,
        sum(close_minutes::float) AS close_minutes, sum(accepted::float) AS accepted,
        sum(accept_minutes::float) AS accept_minutes, sum(satisfied::float) AS satisfied,
        sum(unsatisfied::float) AS unsatisfied
    FROM figures JOIN matter ON matter.id = figures.matter_id
    GROUP BY 1, 2
), chain AS (
    -- What an ended code became may end as well.
    SELECT old.id AS old_id, succession.place_id AS id, succession.share, 1 AS steps
    FROM indicators_succession AS succession JOIN places_place AS old ON old.code = succession.old_code
    UNION ALL
    SELECT chain.old_id, further.place_id, chain.share * further.share, chain.steps + 1
    FROM chain
    JOIN places_place AS middle ON middle.id = chain.id
    JOIN indicators_succession AS further ON further.old_code = middle.code
    WHERE chain.steps < 20
), heir AS (
    SELECT old_id, id, sum(share) AS share
    FROM chain WHERE id NOT IN (SELECT old_id FROM chain)
    GROUP BY 1, 2
), climbed AS (
    SELECT above.upper_id AS place_id, summed.kind, sum(opened * portion) AS opened, sum(closed * portion) AS closed,
        sum(reopened * portion) AS reopened, sum(closed_late * portion) AS closed_late,
        sum(close_minutes * portion) AS close_minutes, sum(accepted * portion) AS accepted,
        sum(accept_minutes * portion) AS accept_minutes, sum(satisfied * portion) AS satisfied,
        sum(unsatisfied * portion) AS unsatisfied
    FROM summed
    LEFT JOIN heir ON heir.old_id = summed.area_id
    CROSS JOIN LATERAL (SELECT coalesce(heir.share, 1) AS portion) AS divided
    JOIN above ON above.id = coalesce(heir.id, summed.area_id)
    GROUP BY 1, 2
), measured AS (
    SELECT climbed.place_id, terms.indicator_id,
        sum(amount) FILTER (WHERE NOT is_below) AS numerator, sum(amount) FILTER (WHERE is_below) AS denominator
    FROM climbed JOIN terms ON terms.kind = climbed.kind
    CROSS JOIN LATERAL (SELECT CASE terms.measure
        WHEN 'opened' THEN opened WHEN 'closed' THEN closed WHEN 'reopened' THEN reopened
        WHEN 'closed_late' THEN closed_late WHEN 'close_minutes' THEN close_minutes WHEN 'accepted' THEN accepted
        WHEN 'accept_minutes' THEN accept_minutes WHEN 'satisfied' THEN satisfied
        WHEN 'unsatisfied' THEN unsatisfied WHEN 'rated' THEN satisfied + unsatisfied
    END AS amount) AS part
    GROUP BY 1, 2
), seated AS MATERIALIZED (
    SELECT DISTINCT lowest.area_id AS id FROM places_unit AS unit JOIN lowest ON lowest.id = unit.place_id
), kept AS (
    SELECT above.upper_id AS id
    FROM area AS leaf
    JOIN above ON above.id = leaf.id
    WHERE leaf.labels = %(labels)s AND leaf.id NOT IN (SELECT old_id FROM heir)
    GROUP BY 1
    HAVING bool_and(leaf.id IN (SELECT id FROM seated))
), wanted AS (
    SELECT one.id, base.id AS per_id, one.formula ->> 'of' <> '' AS has_below,
        (one.formula ->> 'times')::float AS times
    FROM indicators_indicator AS one
    LEFT JOIN indicators_indicator AS base
        ON base.jurisdiction_id = one.jurisdiction_id AND base.code = one.formula ->> 'per'
    WHERE one.jurisdiction_id = %(jurisdiction)s AND one.is_active AND one.formula ->> 'count' <> ''
), parts AS (
    SELECT wanted.id AS indicator_id, kept.id AS place_id, wanted.times,
        coalesce(measured.numerator, 0) AS numerator,
        CASE WHEN wanted.has_below THEN coalesce(measured.denominator, 0) ELSE base.value END AS denominator,
        wanted.has_below OR wanted.per_id IS NOT NULL AS is_divided
    FROM kept CROSS JOIN wanted
    LEFT JOIN measured ON measured.place_id = kept.id AND measured.indicator_id = wanted.id
    LEFT JOIN LATERAL (
        SELECT value FROM indicators_value AS given
        WHERE given.indicator_id = wanted.per_id AND given.place_id = kept.id
            AND given.month_date <= %(month_date)s AND given.value IS NOT NULL
        ORDER BY given.month_date DESC LIMIT 1
    ) AS base ON true
), told AS (
    SELECT indicator_id, place_id, numerator, denominator,
        CASE WHEN is_divided THEN numerator * times / nullif(denominator, 0) ELSE numerator * times END AS value
    FROM parts
), new AS MATERIALIZED (
    -- Compared before it is written: a row met by ON CONFLICT is locked, and that is written, even when nothing differs.
    SELECT told.* FROM told
    LEFT JOIN indicators_value AS held ON held.month_date = %(month_date)s
        AND held.indicator_id = told.indicator_id AND held.place_id = told.place_id
    WHERE held.id IS NULL OR NOT held.is_returned AND (held.numerator, held.denominator, held.value)
        IS DISTINCT FROM (told.numerator, told.denominator, told.value)
), written AS (
    INSERT INTO indicators_value AS held
        (indicator_id, place_id, month_date, numerator, denominator, value, is_returned)
    SELECT indicator_id, place_id, %(month_date)s, numerator, denominator, value, false FROM new
    ON CONFLICT (indicator_id, place_id, month_date) DO UPDATE SET
        numerator = excluded.numerator, denominator = excluded.denominator, value = excluded.value
    WHERE NOT held.is_returned AND (held.numerator, held.denominator, held.value)
        IS DISTINCT FROM (excluded.numerator, excluded.denominator, excluded.value)
    RETURNING 1
)
SELECT count(*) AS written FROM written
