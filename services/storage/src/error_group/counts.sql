-- What the errors of a time amount to, from one pass over them: by group, those with the most occurrences first; all
-- together, where whoever was hit by two groups was hit once; and by the quarter-hour in which they were opened.
-- Agents and kinds keep all where none is named; the empty kind is that of errors without one.
--
-- The pass counts whom each group hit by whom, and quarter-hours beside it: what is left is little enough to tell people
-- and agents apart, for which all errors would have to be sorted.
WITH part AS MATERIALIZED (
  SELECT
    e.workspace_id, e.error_fingerprint, e.agent_id, e.user_id,
    date_bin('15 minutes', e.opened_at, '1970-01-01T00:00:00Z'::timestamptz) AS quarter,
    GROUPING(e.workspace_id) = 0 AS of_group,
    count(*) AS occurrences,
    sum(e.credits_micro) FILTER (WHERE e.outcome IN (2, 4)) AS lost_micro
  FROM analytics.execution AS e
  WHERE e.workspace_id = ANY ($1::uuid[])
    AND e.error_fingerprint IS NOT NULL
    AND e.opened_at >= $2 AND e.opened_at < $3
    AND (cardinality($4::text[]) = 0 OR e.agent_id = ANY ($4::text[]))
    AND (cardinality($5::text[]) = 0 OR COALESCE(e.error_kind, '') = ANY ($5::text[]))
  GROUP BY GROUPING SETS (
    (e.workspace_id, e.error_fingerprint, e.agent_id, e.user_id),
    (date_bin('15 minutes', e.opened_at, '1970-01-01T00:00:00Z'::timestamptz))
  )
),
seen AS (
  SELECT
    workspace_id, error_fingerprint,
    sum(occurrences)::bigint AS occurrences,
    count(DISTINCT user_id) AS users,
    count(DISTINCT agent_id) AS agents,
    sum(lost_micro) AS lost_micro,
    count(*) OVER () AS groups
  FROM part
  WHERE of_group
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
  COALESCE(sum(occurrences), 0)::bigint,
  (SELECT count(user_id) FROM (SELECT DISTINCT user_id FROM part WHERE of_group) AS person),
  (SELECT count(*) FROM (SELECT DISTINCT workspace_id, agent_id FROM part WHERE of_group) AS agent),
  sum(lost_micro)::text,
  0
FROM part
WHERE of_group
UNION ALL
SELECT NULL, NULL, quarter, occurrences, 0, 0, NULL, 0
FROM part
WHERE NOT of_group
