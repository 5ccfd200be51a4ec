-- Subscriptions as they are just before an instant, those that ended left out, each with the terms that it has had since.
SELECT
  s.workspace_id, s.subscription_id, s.status, s.plan_id, plan.name, s.quantity, s.currency, s.mrr_micros, s.valid_to,
  terms.occurred_at, terms.billing_interval, terms.interval_count
FROM analytics.subscription_state AS s
LEFT JOIN analytics.plan ON plan.workspace_id = s.workspace_id AND plan.plan_id = s.plan_id
LEFT JOIN LATERAL (
  -- Periods are counted from when the terms were last set.
  SELECT e.occurred_at, e.billing_interval, e.interval_count
  FROM analytics.subscription_event AS e
  WHERE e.workspace_id = s.workspace_id AND e.subscription_id = s.subscription_id
    AND e.occurred_at < $2 AND e.billing_interval IS NOT NULL
  ORDER BY e.occurred_at DESC, e.event_id DESC
  LIMIT 1
) AS terms ON true
WHERE s.workspace_id = ANY ($1::uuid[])
  AND s.valid_from < $2 AND (s.valid_to >= $2 OR s.valid_to IS NULL)
  AND s.status <> 5
ORDER BY s.workspace_id, s.mrr_micros DESC, s.subscription_id
