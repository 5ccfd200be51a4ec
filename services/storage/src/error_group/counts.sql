-- What the errors of a time amount to, from one pass over them: by group, those with the most occurrences first; all
-- together, where whoever was hit by two groups was hit once; and by the quarter-hour in which they were opened.
-- Agents and kinds keep all where none is named; the empty kind is that of errors without one.
WITH error AS MATERIALIZED (
  SELECT
    e.workspace_id, e.error_fingerprint, e.opened_at, e.agent_id, e.user_id,
    CASE WHEN e.outcome IN (2, 4) THEN e.credits_micro END AS lost_micro
  FROM analytics.execution AS e
  WHERE e.workspace_id = ANY ($1::uuid[])
    AND e.error_fingerprint IS NOT NULL
    AND e.opened_at >= $2 AND e.opened_at < $3
    AND (cardinality($4::text[]) = 0 OR e.agent_id = ANY ($4::text[]))
    AND (cardinality($5::text[]) = 0 OR COALESCE(e.error_kind, '') = ANY ($5::text[]))
),
seen AS (
  SELECT
    workspace_id, error_fingerprint,
    count(*) AS occurrences,
    count(DISTINCT user_id) AS users,
    count(DISTINCT agent_id) AS agents,
    sum(lost_micro) AS lost_micro,
    count(*) OVER () AS groups
  FROM error
  GROUP BY workspace_id, error_fingerprint
),
-- No more than can be put in order.
most AS (
  SELECT *
  FROM seen
  ORDER BY occurrences DESC, workspace_id, error_fingerprint
  LIMIT $6
)
SELECT workspace_id, error_fingerprint, NULL::timestamptz, occurrences, users, agents, lost_micro::text, groups
FROM most
UNION ALL
SELECT
  NULL, NULL, NULL,
  count(*),
  (SELECT count(user_id) FROM (SELECT DISTINCT user_id FROM error) AS person),
  (SELECT count(*) FROM (SELECT DISTINCT workspace_id, agent_id FROM error) AS agent),
  sum(lost_micro)::text,
  0
FROM error
UNION ALL
SELECT NULL, NULL, date_bin('15 minutes', opened_at, '1970-01-01T00:00:00Z'::timestamptz) AS quarter, count(*), 0, 0, NULL, 0
FROM error
GROUP BY quarter
