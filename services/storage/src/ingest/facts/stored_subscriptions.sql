-- What is stored of some changes of subscriptions, by key.
SELECT
  s.workspace_id, s.occurred_at, s.event_id, s.subscription_id, s.change, s.plan_id, s.currency, s.price_micros,
  s.billing_interval, s.interval_count, s.quantity, s.discount_micros, s.ends_at
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) AS wanted (workspace_id, occurred_at, event_id)
JOIN analytics.subscription_event AS s USING (workspace_id, occurred_at, event_id)
