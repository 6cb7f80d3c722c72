-- Move the day on which contacts are erased, after their term has been changed.
-- Parameters: days (integer, after the day of the report in UTC).
-- Columns: none; the row count tells how many moved.
-- Index relied on: the primary keys.
UPDATE intake_contact AS contact
   SET erase_after_date = (signal.received_at AT TIME ZONE 'UTC')::date + %(days)s::integer
  FROM intake_signal AS signal
 WHERE signal.id = contact.signal_id
   AND contact.sealed IS NOT NULL
   AND contact.erase_after_date
       IS DISTINCT FROM (signal.received_at AT TIME ZONE 'UTC')::date + %(days)s::integer
