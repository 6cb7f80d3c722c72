-- Find cases whose words hold all `patterns` (LIKE) and so all `pairs`, newest number first: at most
-- `at_most` with numbers below `before` (null: from the end). `places`: labels of places, one of which
-- is the case's or lies above it; null: all places. Looks into one segment, then two, four, … until
-- it has enough.
-- Index relied on: cases_searchrow_tokens (GIN), and it alone: a segment is part of each token. Where the
-- number could be asked for as well ("r.number < below"), the planner reads 16,384 entries of the
-- primary key for each segment, thirty times what the tokens cost; "r.number + 0" is no key.
-- Planned once (force_generic_plan): to plan each look anew costs as much as the looks.
-- Algorithm: docs/algorithms/search.md.
CREATE OR REPLACE FUNCTION cases_search_find(
    pairs text[], patterns text[], places text[], before bigint, at_most integer
) RETURNS TABLE (number bigint, case_id uuid) LANGUAGE plpgsql STABLE ROWS 100
SECURITY DEFINER SET search_path = public, pg_catalog SET plan_cache_mode = force_generic_plan
SET jit = off SET enable_seqscan = off AS $$
DECLARE
    below bigint := coalesce(before, (SELECT max(r.number) + 1 FROM cases_searchrow AS r), 1);
    high bigint := (below - 1) >> 14;
    low bigint;
    span integer := 1;
    found_now integer;
    missing integer := at_most;
BEGIN
    LOOP
        low := greatest(high - span + 1, 0);
        RETURN QUERY
        SELECT DISTINCT found.number, found.case_id
        FROM generate_series(low, high) AS segment
        CROSS JOIN unnest(coalesce(places, ARRAY[NULL])) AS place
        CROSS JOIN LATERAL (
            SELECT ARRAY(SELECT segment::text || ':' || pair FROM unnest(pairs) AS pair)
                || CASE WHEN place IS NOT NULL THEN ARRAY[segment::text || '@' || place] END AS tokens
        ) AS wanted
        CROSS JOIN LATERAL (
            SELECT r.number, r.case_id FROM cases_searchrow AS r
            WHERE cases_search_tokens(r.number, r.place_path, r.words) @> wanted.tokens
                AND r.number + 0 < below
                AND lower(r.words) LIKE ALL (patterns)
            OFFSET 0
        ) AS found
        ORDER BY found.number DESC LIMIT missing;
        GET DIAGNOSTICS found_now = ROW_COUNT;
        missing := missing - found_now;
        EXIT WHEN missing <= 0 OR low = 0;
        high := low - 1;
        span := span * 2;
    END LOOP;
END $$;
