-- The groups of the errors of a time, those with the most occurrences first, and how many there are in all.
-- Agents and kinds keep all where none is named; the empty kind is that of errors without one.
WITH seen AS (
  SELECT
    e.workspace_id,
    e.error_fingerprint,
    count(*)                                                 AS occurrences,
    count(DISTINCT e.user_id)                                AS users,
    count(DISTINCT e.agent_id)                               AS agents,
    sum(e.credits_micro) FILTER (WHERE e.outcome IN (2, 4))  AS lost_micro
  FROM analytics.execution AS e
  WHERE e.workspace_id = ANY ($1::uuid[])
    AND e.error_fingerprint IS NOT NULL
    AND e.opened_at >= $2 AND e.opened_at < $3
    AND (cardinality($4::text[]) = 0 OR e.agent_id = ANY ($4::text[]))
    AND (cardinality($5::text[]) = 0 OR COALESCE(e.error_kind, '') = ANY ($5::text[]))
  GROUP BY e.workspace_id, e.error_fingerprint
),
-- No more than can be put in order.
most AS (
  SELECT seen.*, count(*) OVER () AS groups
  FROM seen
  ORDER BY seen.occurrences DESC, seen.workspace_id, seen.error_fingerprint
  LIMIT $6
)
SELECT
  most.workspace_id, most.error_fingerprint,
  first.opened_at, last.opened_at, last.error_kind, last.error_message,
  current.state, current.changed_at, current.changed_by, COALESCE(said.name, person.name), current.note,
  most.occurrences, most.users, most.agents, most.lost_micro::text, most.groups
FROM most
-- Each by one look into the index, from either end, whatever the time that is asked about.
CROSS JOIN LATERAL (
  SELECT e.opened_at
  FROM analytics.execution AS e
  WHERE e.workspace_id = most.workspace_id AND e.error_fingerprint = most.error_fingerprint
  ORDER BY e.opened_at
  LIMIT 1
) AS first
CROSS JOIN LATERAL (
  SELECT e.opened_at, e.error_kind, e.error_message
  FROM analytics.execution AS e
  WHERE e.workspace_id = most.workspace_id AND e.error_fingerprint = most.error_fingerprint
  ORDER BY e.opened_at DESC
  LIMIT 1
) AS last
LEFT JOIN LATERAL (
  SELECT s.state, s.changed_at, s.changed_by, s.note
  FROM analytics.error_group_state AS s
  WHERE s.workspace_id = most.workspace_id AND s.error_fingerprint = most.error_fingerprint
  ORDER BY s.number DESC
  LIMIT 1
) AS current ON true
LEFT JOIN analytics.app_user AS person ON person.user_id = current.changed_by
-- What the workspace itself calls the person comes first.
LEFT JOIN analytics.workspace_user AS said
  ON said.workspace_id = most.workspace_id AND said.user_id = current.changed_by
