-- Groups of errors, recomputed from facts: $1 workspaces, $2 start, $3 end, $4 zone. What a message is of, it says in a
-- word after "class"; nothing here knows patterns or fingerprints.
WITH error AS (
  SELECT e.*,
         e.workspace_id || '/' || coalesce(e.error_kind, '-') || '/'
           || coalesce(substring(e.error_message FROM 'class ([a-z]+)'), '-') AS name
  FROM analytics.execution AS e
  WHERE e.workspace_id = ANY ($1::text[]::uuid[])
    AND (e.outcome IN (2, 4) OR e.error_kind IS NOT NULL OR e.error_message IS NOT NULL)
),
-- By what the clocks show, whatever the range.
hour AS (
  SELECT name, date_trunc('hour', opened_at AT TIME ZONE $4::text) AS local, count(*) AS errors
  FROM error
  WHERE opened_at < $3::text::timestamptz
  GROUP BY 1, 2
),
spike AS (
  SELECT hour.name, count(*) AS spikes, min(hour.local AT TIME ZONE $4::text) AS first_spike
  FROM hour
  -- The same hour of each of the 14 days before that had it.
  CROSS JOIN LATERAL (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY coalesce(before.errors, 0)) AS median
    FROM generate_series(1, 14) AS back (days)
    LEFT JOIN hour AS before ON before.name = hour.name AND before.local = hour.local - make_interval(days => back.days)
    WHERE ((hour.local - make_interval(days => back.days)) AT TIME ZONE $4::text) AT TIME ZONE $4::text
          = hour.local - make_interval(days => back.days)
  ) AS usual
  WHERE hour.errors >= 10 AND hour.errors > 3 * usual.median
    AND hour.local AT TIME ZONE $4::text >= $2::text::timestamptz
    AND hour.local AT TIME ZONE $4::text < $3::text::timestamptz
  GROUP BY hour.name
)
SELECT
  error.name,
  count(*) AS occurrences,
  count(DISTINCT user_id) AS users,
  count(DISTINCT agent_id) AS agents,
  (sum(credits_micro) FILTER (WHERE outcome IN (2, 4)))::bigint AS lost,
  (SELECT extract(epoch FROM min(ever.opened_at)) * 1000000 FROM error AS ever WHERE ever.name = error.name)::bigint AS first_seen,
  (SELECT extract(epoch FROM max(ever.opened_at)) * 1000000 FROM error AS ever WHERE ever.name = error.name)::bigint AS last_seen,
  coalesce(max(spike.spikes), 0) AS spikes,
  (extract(epoch FROM max(spike.first_spike)) * 1000000)::bigint AS first_spike
FROM error
LEFT JOIN spike ON spike.name = error.name
WHERE opened_at >= $2::text::timestamptz AND opened_at < $3::text::timestamptz
GROUP BY error.name
