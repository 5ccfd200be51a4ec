-- The errors of a UTC day: its start and its end. Those are together that are alike in their group and kind, the
-- quarter-hour in which they were opened, their agent and their user, whoever or whatever asked for them. Agents and users come
-- with their numbers; with their names, too, where they have none.
WITH error AS MATERIALIZED (
  SELECT
    e.error_fingerprint,
    COALESCE(e.error_kind, '') AS kind,
    floor(extract(epoch FROM e.opened_at - $2) / 900)::smallint AS quarter,
    e.agent_id,
    e.user_id,
    count(*) AS occurrences,
    sum(e.credits_micro) FILTER (WHERE e.outcome IN (2, 4)) AS lost_micro
  FROM analytics.execution AS e
  WHERE e.workspace_id = $1
    AND e.error_fingerprint IS NOT NULL
    AND e.opened_at >= $2 AND e.opened_at < $3
  GROUP BY 1, 2, 3, 4, 5
),
agent AS MATERIALIZED (
  SELECT named.agent_id, own.ordinal
  FROM (SELECT DISTINCT agent_id FROM error) AS named
  LEFT JOIN analytics.ordinal AS own ON own.kind = 1 AND own.space = $1 AND own.id = named.agent_id
),
-- Whoever is being erased has passed the number to the pseudonym already, while facts still name the person.
person AS MATERIALIZED (
  SELECT named.user_id, COALESCE(own.ordinal, passed.ordinal) AS ordinal
  FROM (SELECT DISTINCT user_id FROM error WHERE user_id IS NOT NULL) AS named
  LEFT JOIN analytics.ordinal AS own
    ON own.kind = 2 AND own.space = '00000000-0000-0000-0000-000000000000' AND own.id = named.user_id
  LEFT JOIN (SELECT DISTINCT user_id, pseudonym FROM analytics.erasure WHERE user_id IS NOT NULL) AS erased
    ON erased.user_id = named.user_id
  LEFT JOIN analytics.ordinal AS passed
    ON passed.kind = 2 AND passed.space = '00000000-0000-0000-0000-000000000000' AND passed.id = erased.pseudonym
)
SELECT
  error.error_fingerprint, error.kind, error.quarter,
  agent.ordinal, CASE WHEN agent.ordinal IS NULL THEN error.agent_id END,
  person.ordinal, CASE WHEN person.ordinal IS NULL THEN error.user_id END,
  error.occurrences, error.lost_micro::text
FROM error
JOIN agent ON agent.agent_id = error.agent_id
LEFT JOIN person ON person.user_id = error.user_id
