-- A page of the users who were active in a time. Days are numbered by their edges, so that whoever asks decides what a
-- day is.
--
-- Runs by user and day: those that a user asked for (trigger 1).
WITH ran AS (
  SELECT
    e.user_id,
    width_bucket(e.opened_at, $4::timestamptz[]) AS day,
    max(e.opened_at) AS last_at,
    count(*) AS runs,
    count(*) FILTER (WHERE e.outcome = 1) AS completed,
    count(*) FILTER (WHERE e.outcome = 2) AS failed,
    count(*) FILTER (WHERE e.outcome = 3) AS cancelled,
    count(*) FILTER (WHERE e.outcome = 4) AS timed_out,
    count(*) FILTER (WHERE e.outcome = 5) AS unknown,
    sum(e.credits_micro) AS credits_micro
  FROM analytics.execution AS e
  WHERE e.workspace_id = ANY ($1::uuid[])
    AND e.opened_at >= $2 AND e.opened_at < $3
    AND e.trigger = 1
    AND e.user_id IS NOT NULL
    AND ($5 = '' OR strpos(lower(e.user_id), $5) > 0)
  GROUP BY e.user_id, day
),
-- Activities by user and day, token refreshes (5) left out.
did AS (
  SELECT
    a.user_id,
    width_bucket(a.occurred_at, $4::timestamptz[]) AS day,
    max(a.occurred_at) AS last_at,
    count(*) AS activities
  FROM analytics.activity AS a
  WHERE a.workspace_id = ANY ($1::uuid[])
    AND a.occurred_at >= $2 AND a.occurred_at < $3
    AND a.type <> 5
    AND ($5 = '' OR strpos(lower(a.user_id), $5) > 0)
  GROUP BY a.user_id, day
),
-- Both, one row each.
active AS (
  SELECT user_id, day, last_at, runs, completed, failed, cancelled, timed_out, unknown, credits_micro, 0::bigint AS activities
  FROM ran
  UNION ALL
  SELECT user_id, day, last_at, 0, 0, 0, 0, 0, 0, NULL, activities
  FROM did
),
-- One row per user. Sums of counts fit the column's type; numeric would come back as text.
person AS (
  SELECT
    user_id,
    max(last_at) AS last_at,
    count(DISTINCT day) AS active_days,
    sum(runs)::bigint AS runs,
    sum(completed)::bigint AS completed,
    sum(failed)::bigint AS failed,
    sum(cancelled)::bigint AS cancelled,
    sum(timed_out)::bigint AS timed_out,
    sum(unknown)::bigint AS unknown,
    CASE WHEN count(credits_micro) > 0 THEN LEAST(sum(credits_micro), 9223372036854775807)::bigint END AS credits_micro,
    sum(activities)::bigint AS activities
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
