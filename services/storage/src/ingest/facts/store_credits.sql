INSERT INTO analytics.credit_ledger (
  workspace_id, occurred_at, event_id, kind, amount_micro, price_currency, price_micros, note
)
-- The batch, sorted by key: two writers that meet wait for each other in this order.
SELECT *
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::smallint[], $5::bigint[], $6::text[], $7::bigint[], $8::text[])
ON CONFLICT (workspace_id, occurred_at, event_id) DO NOTHING
RETURNING workspace_id, occurred_at, event_id
