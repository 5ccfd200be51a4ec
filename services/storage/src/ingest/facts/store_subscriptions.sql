INSERT INTO analytics.subscription_event (
  workspace_id, occurred_at, event_id, subscription_id, change, plan_id, currency, price_micros, billing_interval,
  interval_count, quantity, discount_micros, ends_at
)
-- The batch, sorted by key: two writers that meet wait for each other in this order.
SELECT *
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::smallint[], $6::text[], $7::text[], $8::bigint[],
            $9::smallint[], $10::integer[], $11::integer[], $12::bigint[], $13::timestamptz[])
ON CONFLICT (workspace_id, occurred_at, event_id) DO NOTHING
RETURNING workspace_id, occurred_at, event_id
