-- Cases of the last weeks at a place with all below it, by matter, week and how late they were taken in.
-- Parameters: path (ltree text), path_end (upper bound of the subtree), first_date, week_date (Mondays: of the first week, and of the judged one),
--   at (timestamptz), zone (IANA name).
-- Columns: matter_id, back (weeks before the judged one), delay (weeks; 0: taken in as soon after its week as `at` is after the judged one), cases.
-- Index relied on: cases_case_opened, the primary key of intake_signal.
WITH taken AS (
    SELECT cases_case.id, cases_case.matter_id, (%(week_date)s - cases_case.opened_date + 6) / 7 AS back,
        min(signal.received_at) AS received_at
    FROM cases_case
    JOIN cases_casesignal link ON link.case_id = cases_case.id
    JOIN intake_signal signal ON signal.id = link.signal_id
    WHERE cases_case.opened_at >= %(first_date)s::timestamp AT TIME ZONE %(zone)s
        AND cases_case.opened_date >= %(first_date)s AND cases_case.opened_date < %(week_date)s + 7
        AND cases_case.merged_into_id IS NULL
        AND cases_case.place_path >= %(path)s::ltree AND cases_case.place_path < %(path_end)s::ltree
    GROUP BY 1, 2, 3
)
SELECT matter_id, back,
    greatest(0, ceil(extract(epoch FROM received_at - (%(at)s::timestamptz - back * interval '7 days')) / 604800))::int AS delay,
    count(*) AS cases
FROM taken
GROUP BY 1, 2, 3
