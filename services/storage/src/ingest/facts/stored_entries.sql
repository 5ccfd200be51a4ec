-- What is stored of some entries of a kind, by key.
SELECT e.workspace_id, e.occurred_at, e.event_id, e.subject, e.name, e.zone, e.role, e.deleted,
  e.email, e.price_currency, e.price_micros, e.billing_interval, e.interval_count
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) AS wanted (workspace_id, occurred_at, event_id)
JOIN analytics.directory_entry AS e USING (workspace_id, occurred_at, event_id)
WHERE e.kind = $4
