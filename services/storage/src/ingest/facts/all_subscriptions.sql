-- All that was ever reported of the subscriptions of some workspaces.
SELECT
  s.workspace_id, s.occurred_at, s.event_id, s.subscription_id, s.change, s.plan_id, s.currency, s.price_micros,
  s.billing_interval, s.interval_count, s.quantity, s.discount_micros, s.ends_at
FROM analytics.subscription_event AS s
WHERE s.workspace_id = ANY ($1::uuid[])
ORDER BY s.workspace_id, s.occurred_at, s.event_id
