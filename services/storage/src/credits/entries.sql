-- Entries of a time before an entry, the latest first.
SELECT c.workspace_id, c.occurred_at, c.event_id, c.kind, c.amount_micro, c.price_currency, c.price_micros, c.note
FROM analytics.credit_ledger AS c
WHERE c.workspace_id = ANY ($1::uuid[])
  AND c.occurred_at >= $2
  AND (c.occurred_at, c.workspace_id, c.event_id) < ($3, $4, $5)
ORDER BY c.occurred_at DESC, c.workspace_id DESC, c.event_id DESC
LIMIT $6
