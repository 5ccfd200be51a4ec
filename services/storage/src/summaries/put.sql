-- What each user ran (trigger 1) and did, token refreshes (5) left out, on a UTC day: its date, its start and its end. A silence
-- of so many microseconds ends a visit of which no session is known.
WITH active AS MATERIALIZED (
  SELECT e.user_id, e.opened_at AS at, true AS ran, e.outcome, e.credits_micro, NULL AS session_id
  FROM analytics.execution AS e
  WHERE e.workspace_id = $1
    AND e.opened_at >= $3 AND e.opened_at < $4
    AND e.trigger = 1
    AND e.user_id IS NOT NULL
  UNION ALL
  SELECT a.user_id, a.occurred_at, false, NULL, NULL, a.session_id
  FROM analytics.activity AS a
  WHERE a.workspace_id = $1
    AND a.occurred_at >= $3 AND a.occurred_at < $4
    AND a.type <> 5
),
-- Their numbers. Whoever is being erased has passed the number to the pseudonym already, while facts still name the person.
person AS MATERIALIZED (
  SELECT named.user_id, COALESCE(own.ordinal, passed.ordinal) AS user_ordinal
  FROM (SELECT DISTINCT user_id FROM active) AS named
  LEFT JOIN analytics.ordinal AS own
    ON own.kind = 2 AND own.space = '00000000-0000-0000-0000-000000000000' AND own.id = named.user_id
  LEFT JOIN (SELECT DISTINCT user_id, pseudonym FROM analytics.erasure WHERE user_id IS NOT NULL) AS erased
    ON erased.user_id = named.user_id
  LEFT JOIN analytics.ordinal AS passed
    ON passed.kind = 2 AND passed.space = '00000000-0000-0000-0000-000000000000' AND passed.id = erased.pseudonym
),
summed AS (
  SELECT
    person.user_ordinal,
    max(active.at) AS last_at,
    bit_or(set_bit(repeat('0', 96)::bit(96), floor(extract(epoch FROM active.at - $3) / 900)::integer, 1)) AS quarters,
    count(*) FILTER (WHERE active.ran) AS runs,
    count(*) FILTER (WHERE active.outcome = 1) AS completed,
    count(*) FILTER (WHERE active.outcome = 2) AS failed,
    count(*) FILTER (WHERE active.outcome = 3) AS cancelled,
    count(*) FILTER (WHERE active.outcome = 4) AS timed_out,
    count(*) FILTER (WHERE active.outcome = 5) AS unknown,
    count(*) FILTER (WHERE NOT active.ran) AS activities,
    CASE WHEN count(active.credits_micro) > 0
      THEN LEAST(sum(active.credits_micro), 9223372036854775807)::bigint
    END AS credits_micro,
    array_agg(DISTINCT encode(substr(sha256(convert_to(active.session_id, 'UTF8')), 1, 16), 'hex')::uuid)
      FILTER (WHERE active.session_id IS NOT NULL) AS sessions
  FROM active
  JOIN person USING (user_id)
  GROUP BY person.user_ordinal
),
heard AS (
  SELECT
    person.user_ordinal,
    active.at,
    active.at - lag(active.at) OVER (PARTITION BY person.user_ordinal ORDER BY active.at) AS silence
  FROM active
  JOIN person USING (user_id)
  WHERE NOT active.ran AND active.session_id IS NULL
),
counted AS (
  SELECT
    user_ordinal,
    at,
    count(*) FILTER (WHERE silence IS NULL OR silence >= $5::bigint * interval '1 microsecond')
      OVER (PARTITION BY user_ordinal ORDER BY at ROWS UNBOUNDED PRECEDING) AS visit
  FROM heard
),
visit AS (
  SELECT user_ordinal, min(at) AS began, max(at) AS ended
  FROM counted
  GROUP BY user_ordinal, visit
),
visits AS (
  SELECT user_ordinal, array_agg(began ORDER BY began) AS starts, array_agg(ended ORDER BY began) AS ends
  FROM visit
  GROUP BY user_ordinal
)
INSERT INTO analytics.user_day (
  workspace_id, day, user_ordinal, last_at, quarters, runs, completed, failed, cancelled, timed_out, unknown, activities,
  credits_micro, sessions, visit_starts, visit_ends
)
-- Whoever has no number has none here either, which the table refuses: better no summary than one without somebody.
SELECT
  $1, $2, summed.user_ordinal, summed.last_at, summed.quarters, summed.runs, summed.completed, summed.failed,
  summed.cancelled, summed.timed_out, summed.unknown, summed.activities, summed.credits_micro,
  COALESCE(summed.sessions, '{}'), COALESCE(visits.starts, '{}'), COALESCE(visits.ends, '{}')
FROM summed
LEFT JOIN visits ON visits.user_ordinal = summed.user_ordinal
