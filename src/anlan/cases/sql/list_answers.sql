-- What the desk has said of reports: the matter of each case that a person has corrected, or has taken
-- on without correcting it, with the words that were reported. The newest answers first.
-- A correction counts from the last one, a confirmation from the first of its moves, so that a case that
-- merely goes on is not a new answer. Declined cases and those handled offline say nothing; neither does a
-- case of a report that its own reporter let join it: no desk has said that the two are the same. Of one
-- that a desk has merged, it has.
-- Parameters: jurisdiction (code), confirming (text[], moves that take a case on), since and until
--   (instants UTC or null; after the one, up to the other), row_limit (rows).
-- Columns: signal_id, case_id (uuid), text, matter (code), is_correction, answered_at (UTC).
-- Index relied on: cases_step_in_order (case, seq), cases_case_code_once; all cases of a jurisdiction are read.
WITH answered AS MATERIALIZED (
    SELECT opened.id AS case_id, matter.code AS matter,
        bool_or(step.move = 'reclassify') AS is_correction,
        coalesce(max(step.at) FILTER (WHERE step.move = 'reclassify'), min(step.at)) AS answered_at
    FROM cases_case AS opened
    JOIN cases_matter AS matter ON matter.id = opened.matter_id AND matter.is_active
    JOIN cases_step AS step ON step.case_id = opened.id AND step.actor_kind = 'PERSON'
        AND (step.move = 'reclassify' OR step.move = ANY (%(confirming)s))
    WHERE matter.jurisdiction_id = %(jurisdiction)s AND opened.state NOT IN ('DECLINED', 'OFFLINE')
    GROUP BY opened.id, matter.code
)
SELECT signal.id, answered.case_id, signal.text, answered.matter, answered.is_correction,
    answered.answered_at
FROM answered
JOIN cases_casesignal AS belongs ON belongs.case_id = answered.case_id
JOIN intake_signal AS signal ON signal.id = belongs.signal_id
LEFT JOIN cases_case AS own ON own.code = signal.code AND own.id <> belongs.case_id
WHERE signal.text <> ''
    AND coalesce((
        SELECT step.move FROM cases_step AS step
        WHERE step.case_id = own.id AND step.move IN ('merge', 'join')
        ORDER BY step.seq DESC LIMIT 1), '') <> 'join'
    AND (%(since)s::timestamptz IS NULL OR answered.answered_at > %(since)s)
    AND (%(until)s::timestamptz IS NULL OR answered.answered_at <= %(until)s)
ORDER BY answered.answered_at DESC, signal.id DESC
LIMIT %(row_limit)s
