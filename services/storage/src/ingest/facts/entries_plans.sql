WITH latest AS (
  SELECT DISTINCT ON (entry.workspace_id, entry.subject)
    entry.workspace_id, entry.subject, entry.name, entry.deleted, entry.occurred_at,
    entry.price_currency, entry.price_micros, entry.billing_interval, entry.interval_count
  FROM unnest($1::uuid[], $2::text[]) AS touched (workspace_id, subject)
  JOIN analytics.directory_entry AS entry USING (workspace_id, subject)
  WHERE entry.kind = 5
  ORDER BY entry.workspace_id, entry.subject, entry.occurred_at DESC, entry.event_id DESC
)
INSERT INTO analytics.plan (
  workspace_id, plan_id, name, price_currency, price_micros, billing_interval, interval_count, deleted_at
)
SELECT
  latest.workspace_id,
  latest.subject,
  -- What is gone keeps the last name that it had.
  CASE WHEN latest.deleted AND latest.name IS NULL THEN (
    SELECT named.name
    FROM analytics.directory_entry AS named
    WHERE named.workspace_id = latest.workspace_id AND named.kind = 5 AND named.subject = latest.subject
      AND named.name IS NOT NULL
    ORDER BY named.occurred_at DESC, named.event_id DESC
    LIMIT 1
  ) ELSE latest.name END,
  latest.price_currency, latest.price_micros, latest.billing_interval, latest.interval_count,
  CASE WHEN latest.deleted THEN latest.occurred_at END
FROM latest
ORDER BY latest.workspace_id, latest.subject
ON CONFLICT (workspace_id, plan_id) DO UPDATE SET
  name = excluded.name,
  price_currency = excluded.price_currency,
  price_micros = excluded.price_micros,
  billing_interval = excluded.billing_interval,
  interval_count = excluded.interval_count,
  deleted_at = excluded.deleted_at
