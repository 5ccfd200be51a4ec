-- What the entries before an instant amount to, by workspace and kind. As text: sums of many are wider than any integer
-- of the wire.
SELECT c.workspace_id, c.kind, sum(c.amount_micro)::text
FROM analytics.credit_ledger AS c
WHERE c.workspace_id = ANY ($1::uuid[]) AND c.occurred_at < $2
GROUP BY c.workspace_id, c.kind
