-- Refused events by workspace and reason, those with the most first, with how many there were on each day.
SELECT workspace_id, reason, sum(events)::bigint, max(last_at), array_agg(day ORDER BY day), array_agg(events ORDER BY day)
FROM (
  SELECT workspace_id, reason, (hour AT TIME ZONE 'UTC')::date AS day, sum(events)::bigint AS events, max(last_at) AS last_at
  FROM analytics.refusal_count
  WHERE ($1 OR workspace_id = ANY ($2::uuid[])) AND hour >= $3
  GROUP BY workspace_id, reason, (hour AT TIME ZONE 'UTC')::date
) AS daily
GROUP BY workspace_id, reason
ORDER BY sum(events) DESC, workspace_id, reason
LIMIT $4
