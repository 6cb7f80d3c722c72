-- Purpose: the month of every place and counted indicator by hand, for DuckDB and PostgreSQL alike: what the Ibis expression is measured against.
-- Parameters, put in as text: months (quoted, the oldest first), m12 (the newest), sums, shares, series (columns by measure and month).
-- Columns: as anlan.indicators.analysis.expressions.express_month.
WITH summed AS (
    SELECT facts.month, facts.area, kinds.kind, {sums}
    FROM facts JOIN kinds ON kinds.matter = facts.matter
    WHERE facts.month IN ({months})
    GROUP BY facts.month, facts.area, kinds.kind
), climbed AS (
    SELECT summed.month, above.place, summed.kind, {shares}
    FROM summed
    LEFT JOIN heirs ON heirs.old = summed.area
    JOIN above ON above.area = coalesce(heirs.heir, summed.area)
    GROUP BY summed.month, above.place, summed.kind
), measured AS (
    SELECT month, place, indicator, sum(amount) FILTER (WHERE NOT is_below) AS numerator,
        sum(amount) FILTER (WHERE is_below) AS below
    FROM (
        SELECT month, place, indicator, is_below, CASE measure
            WHEN 'opened' THEN opened WHEN 'closed' THEN closed WHEN 'reopened' THEN reopened
            WHEN 'closed_late' THEN closed_late WHEN 'close_minutes' THEN close_minutes WHEN 'accepted' THEN accepted
            WHEN 'accept_minutes' THEN accept_minutes WHEN 'satisfied' THEN satisfied
            WHEN 'unsatisfied' THEN unsatisfied WHEN 'rated' THEN satisfied + unsatisfied END AS amount
        FROM climbed JOIN terms ON terms.kind = climbed.kind
    ) AS part
    GROUP BY month, place, indicator
), wanted AS (
    SELECT unnest(ARRAY[{months}]) AS month
), bases AS (
    SELECT per, place, month, value FROM (
        SELECT stated.indicator AS per, stated.place, wanted.month, stated.value,
            row_number() OVER (PARTITION BY stated.indicator, stated.place, wanted.month ORDER BY stated.month DESC) AS age
        FROM stated JOIN wanted ON stated.month <= wanted.month
        WHERE stated.value IS NOT NULL AND stated.indicator IN (SELECT per FROM indicators)
    ) AS aged WHERE age = 1
), parts AS (
    SELECT places.place, places.parent, one.indicator, wanted.month, one.is_points, one.sign, one.times, places.is_kept,
        coalesce(measured.numerator, 0.0) AS numerator,
        CASE WHEN one.has_below THEN coalesce(measured.below, 0.0) ELSE bases.value END AS denominator,
        one.has_below OR one.per <> '' AS is_divided
    FROM places CROSS JOIN indicators AS one CROSS JOIN wanted
    LEFT JOIN measured ON measured.month = wanted.month AND measured.place = places.place AND measured.indicator = one.indicator
    LEFT JOIN bases ON bases.per = one.per AND bases.place = places.place AND bases.month = wanted.month
), told AS (
    SELECT parts.place, parts.parent, parts.indicator, parts.month, parts.is_points, parts.sign,
        CASE WHEN said.place IS NOT NULL THEN said.numerator WHEN is_kept THEN parts.numerator END AS numerator,
        CASE WHEN said.place IS NOT NULL THEN said.denominator WHEN is_kept AND is_divided THEN parts.denominator END AS denominator,
        CASE WHEN said.place IS NOT NULL THEN said.value WHEN NOT is_kept THEN NULL
            WHEN is_divided THEN parts.numerator * times / nullif(parts.denominator, 0) ELSE parts.numerator * times END AS value
    FROM parts
    LEFT JOIN stated AS said ON said.place = parts.place AND said.indicator = parts.indicator AND said.month = parts.month
), rows_ AS (
    SELECT place, parent, indicator, is_points, sign, max(numerator) FILTER (WHERE month = {m12}) AS numerator,
        max(denominator) FILTER (WHERE month = {m12}) AS denominator, {series}
    FROM told
    GROUP BY place, parent, indicator, is_points, sign
)
SELECT place, indicator, numerator, denominator, {m12} AS month, m12 AS value,
    CASE WHEN is_points THEN m12 - m11 ELSE (m12 - m11) / nullif(abs(m11), 0) * 100 END AS change,
    CASE WHEN is_points THEN m12 - m0 ELSE (m12 - m0) / nullif(abs(m0), 0) * 100 END AS year_change,
    CASE WHEN m12 IS NOT NULL AND count(m12) OVER (PARTITION BY parent, indicator) >= 2
        THEN rank() OVER (PARTITION BY parent, indicator, m12 IS NULL ORDER BY m12 * sign) END AS rank,
    count(m12) OVER (PARTITION BY parent, indicator) AS "of",
    ARRAY[m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12] AS series
FROM rows_
ORDER BY indicator, place
