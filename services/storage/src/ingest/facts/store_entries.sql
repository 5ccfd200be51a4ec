INSERT INTO analytics.directory_entry (
  workspace_id, occurred_at, event_id, kind, subject, name, zone, role, deleted,
  email, price_currency, price_micros, billing_interval, interval_count
)
-- The batch, sorted by key: two writers that meet wait for each other in this order.
SELECT
  entry.workspace_id, entry.occurred_at, entry.event_id, $4, entry.subject, entry.name, entry.zone, entry.role, entry.deleted,
  entry.email, entry.price_currency, entry.price_micros, entry.billing_interval, entry.interval_count
FROM unnest(
  $1::uuid[], $2::timestamptz[], $3::uuid[], $5::text[], $6::text[], $7::text[], $8::smallint[], $9::boolean[],
  $10::text[], $11::text[], $12::bigint[], $13::smallint[], $14::integer[]
) AS entry (
  workspace_id, occurred_at, event_id, subject, name, zone, role, deleted,
  email, price_currency, price_micros, billing_interval, interval_count
)
ON CONFLICT (workspace_id, kind, occurred_at, event_id) DO NOTHING
RETURNING workspace_id, occurred_at, event_id
