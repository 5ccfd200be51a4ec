-- What the entries of a time amount to, by kind. As text: sums of many are wider than any integer of the wire.
SELECT c.kind, sum(c.amount_micro)::text
FROM analytics.credit_ledger AS c
WHERE c.workspace_id = ANY ($1::uuid[])
  AND c.occurred_at >= $2 AND c.occurred_at < $3
GROUP BY c.kind
