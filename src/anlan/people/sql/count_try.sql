-- Count one try under a key within a window of time, in one statement.
-- Parameters: key (text, SHA-256 hex), window_at (timestamptz: when the present window began).
-- Columns: tries (integer: tries in this window, this one included).
-- Index: people_ratecount primary key.
INSERT INTO people_ratecount AS known (key, window_at, tries)
VALUES (%(key)s, %(window_at)s, 1)
ON CONFLICT (key) DO UPDATE SET
    tries = CASE WHEN known.window_at = excluded.window_at THEN known.tries + 1 ELSE 1 END,
    window_at = excluded.window_at
RETURNING tries
