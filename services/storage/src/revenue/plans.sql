-- What each plan amounts to just before an instant.
SELECT s.currency, s.plan_id, count(*), count(DISTINCT s.workspace_id), sum(s.mrr_micros)::text
FROM analytics.subscription_state AS s
WHERE s.workspace_id = ANY ($1::uuid[])
  AND s.valid_from < $2 AND (s.valid_to >= $2 OR s.valid_to IS NULL)
  AND s.mrr_micros > 0
GROUP BY s.currency, s.plan_id
ORDER BY s.currency, sum(s.mrr_micros) DESC, s.plan_id
