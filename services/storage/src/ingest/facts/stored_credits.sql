-- What is stored of some entries of credit ledgers, by key.
SELECT c.workspace_id, c.occurred_at, c.event_id, c.kind, c.amount_micro, c.price_currency, c.price_micros, c.note
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) AS wanted (workspace_id, occurred_at, event_id)
JOIN analytics.credit_ledger AS c USING (workspace_id, occurred_at, event_id)
