-- What each plan amounts to just before an instant.
SELECT
  paid.currency, paid.plan_id,
  -- Of several workspaces that call it something, the first by its key.
  (
    SELECT plan.name
    FROM analytics.plan
    WHERE plan.workspace_id = ANY ($1::uuid[]) AND plan.plan_id = paid.plan_id AND plan.name IS NOT NULL
    ORDER BY plan.workspace_id
    LIMIT 1
  ),
  paid.subscriptions, paid.customers, paid.mrr_micros::text
FROM (
  SELECT
    s.currency, s.plan_id,
    count(*) AS subscriptions, count(DISTINCT s.workspace_id) AS customers, sum(s.mrr_micros) AS mrr_micros
  FROM analytics.subscription_state AS s
  WHERE s.workspace_id = ANY ($1::uuid[])
    AND s.valid_from < $2 AND (s.valid_to >= $2 OR s.valid_to IS NULL)
    AND s.mrr_micros > 0
  GROUP BY s.currency, s.plan_id
) AS paid
ORDER BY paid.currency, paid.mrr_micros DESC, paid.plan_id
