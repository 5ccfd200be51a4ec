-- What the entries of a time amount to, by quarter-hour and kind.
SELECT
  date_bin('15 minutes', c.occurred_at, '1970-01-01T00:00:00Z'::timestamptz) AS quarter,
  c.kind,
  sum(c.amount_micro)::text
FROM analytics.credit_ledger AS c
WHERE c.workspace_id = ANY ($1::uuid[])
  AND c.occurred_at >= $2 AND c.occurred_at < $3
GROUP BY quarter, c.kind
