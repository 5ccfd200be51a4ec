-- A page of the users who were active in a time. Days are numbered by their edges, so that whoever asks decides what a
-- day is.
--
-- What they ran (trigger 1) and what they did, token refreshes (5) left out. The days of each are bits, so that one pass
-- over facts makes one row per user: to tell days apart by rows would sort all facts.
WITH none AS (
  SELECT repeat('0', cardinality($4::timestamptz[]) + 1)::bit varying AS days
),
active AS (
  SELECT e.user_id, e.opened_at AS at, true AS ran, e.outcome, e.credits_micro
  FROM analytics.execution AS e
  WHERE e.workspace_id = ANY ($1::uuid[])
    AND e.opened_at >= $2 AND e.opened_at < $3
    AND e.trigger = 1
    AND e.user_id IS NOT NULL
    AND ($5 = '' OR strpos(lower(e.user_id), $5) > 0)
  UNION ALL
  SELECT a.user_id, a.occurred_at, false, NULL, NULL
  FROM analytics.activity AS a
  WHERE a.workspace_id = ANY ($1::uuid[])
    AND a.occurred_at >= $2 AND a.occurred_at < $3
    AND a.type <> 5
    AND ($5 = '' OR strpos(lower(a.user_id), $5) > 0)
),
person AS (
  SELECT
    user_id,
    max(at) AS last_at,
    bit_count(bit_or(set_bit((SELECT days FROM none), width_bucket(at, $4::timestamptz[]), 1))) AS active_days,
    count(*) FILTER (WHERE ran) AS runs,
    count(*) FILTER (WHERE outcome = 1) AS completed,
    count(*) FILTER (WHERE outcome = 2) AS failed,
    count(*) FILTER (WHERE outcome = 3) AS cancelled,
    count(*) FILTER (WHERE outcome = 4) AS timed_out,
    count(*) FILTER (WHERE outcome = 5) AS unknown,
    -- LEAST leaves out what is NULL; numeric would come back as text.
    CASE WHEN count(credits_micro) > 0 THEN LEAST(sum(credits_micro), 9223372036854775807)::bigint END AS credits_micro,
    count(*) FILTER (WHERE NOT ran) AS activities
  FROM active
  GROUP BY user_id
),
-- What they are ordered by: 1 last seen, 2 active days, 3 runs, 4 success rate, 5 credits, 6 activities, 7 the id alone.
-- What is absent comes last either way.
placed AS (
  SELECT
    person.*,
    COALESCE(
      (CASE WHEN $7 THEN -1 ELSE 1 END) * (CASE $6
        WHEN 1 THEN (extract(epoch FROM last_at) * 1000000)::float8
        WHEN 2 THEN active_days::float8
        WHEN 3 THEN runs::float8
        WHEN 4 THEN completed::float8 / nullif(completed + failed + timed_out, 0)
        WHEN 5 THEN credits_micro::float8
        WHEN 6 THEN activities::float8
        ELSE 0
      END),
      '-Infinity'::float8
    ) AS place,
    $6 = 7 AND $7 AS descending
  FROM person
)
SELECT
  user_id, last_at, active_days, runs, completed, failed, cancelled, timed_out, unknown, credits_micro, activities, place,
  (SELECT count(*) FROM person)
FROM placed
WHERE $8::float8 IS NULL
  OR place < $8
  OR (place = $8 AND CASE WHEN descending THEN user_id COLLATE "C" < $9 ELSE user_id COLLATE "C" > $9 END)
ORDER BY
  place DESC,
  CASE WHEN descending THEN user_id COLLATE "C" END DESC,
  user_id COLLATE "C"
LIMIT $10
