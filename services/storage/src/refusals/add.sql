-- In the order of the key, so that two servers that add at once never wait for each other in a circle.
INSERT INTO analytics.refusal_count AS kept (workspace_id, hour, reason, field, events, last_at)
SELECT workspace_id, hour, reason, field, events, last_at
FROM unnest($1::uuid[], $2::timestamptz[], $3::smallint[], $4::text[], $5::bigint[], $6::timestamptz[])
  AS counted (workspace_id, hour, reason, field, events, last_at)
ORDER BY workspace_id, hour, reason, field
ON CONFLICT (workspace_id, hour, reason, field) DO UPDATE
SET events = kept.events + excluded.events, last_at = GREATEST(kept.last_at, excluded.last_at)
