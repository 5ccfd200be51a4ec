INSERT INTO analytics.partial_page (
  workspace_id, dimension, day, key, opened, ended, completed, failed, timed_out, credits_micro, whole_day, quarters,
  booked_micro
)
SELECT $1, page.*
FROM unnest(
  $2::smallint[], $3::date[], $4::text[],
  $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
  $11::bytea[], $12::bytea[], $13::bigint[]
) AS page
-- The compaction holds the workspace's lock: what it writes already includes what was stored.
ON CONFLICT (workspace_id, dimension, day, key) DO UPDATE SET
  opened        = excluded.opened,
  ended         = excluded.ended,
  completed     = excluded.completed,
  failed        = excluded.failed,
  timed_out     = excluded.timed_out,
  credits_micro = excluded.credits_micro,
  whole_day     = excluded.whole_day,
  quarters      = excluded.quarters,
  booked_micro  = excluded.booked_micro
