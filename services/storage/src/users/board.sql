-- A page of the users who were active in a time. Days are numbered by their edges, so that whoever asks decides what a
-- day is.
--
-- What they ran (trigger 1) and what they did, token refreshes (5) left out: of whole UTC days from their summaries, and
-- of all else, the gaps, from facts. The days of each are bits, so that one pass makes one row per user: to tell days apart
-- by rows would sort everything.
WITH none AS (
  SELECT repeat('0', cardinality($19::timestamptz[]) + 1)::bit varying AS days, cardinality($19::timestamptz[]) AS last
),
-- Which of the days that are asked about a UTC day touches: one until the first cut, by quarter-hour, one until the
-- second, and one after it.
part AS MATERIALIZED (
  SELECT
    cut.day,
    cut.first_cut,
    cut.second_cut,
    repeat('0', 96)::bit(96) AS never,
    (repeat('1', cut.first_cut) || repeat('0', 96 - cut.first_cut))::bit(96) AS before_first,
    (repeat('0', cut.first_cut) || repeat('1', cut.second_cut - cut.first_cut) || repeat('0', 96 - cut.second_cut))::bit(96)
      AS between_cuts,
    (repeat('0', cut.second_cut) || repeat('1', 96 - cut.second_cut))::bit(96) AS after_second,
    set_bit(none.days, cut.number, 1) AS day_1,
    set_bit(none.days, LEAST(cut.number + 1, none.last), 1) AS day_2,
    set_bit(none.days, LEAST(cut.number + 2, none.last), 1) AS day_3
  FROM none
  CROSS JOIN unnest($6::date[], $7::integer[], $8::integer[], $9::integer[]) AS cut (day, number, first_cut, second_cut)
),
summed AS (
  SELECT
    summary.user_ordinal,
    max(summary.last_at) AS last_at,
    bit_or(part.day_1) FILTER (WHERE summary.quarters & part.before_first <> part.never) AS days_1,
    bit_or(part.day_2) FILTER (
      WHERE part.first_cut < 96 AND summary.quarters & part.between_cuts <> part.never
    ) AS days_2,
    bit_or(part.day_3) FILTER (
      WHERE part.second_cut < 96 AND summary.quarters & part.after_second <> part.never
    ) AS days_3,
    sum(summary.runs) AS runs,
    sum(summary.completed) AS completed,
    sum(summary.failed) AS failed,
    sum(summary.cancelled) AS cancelled,
    sum(summary.timed_out) AS timed_out,
    sum(summary.unknown) AS unknown,
    sum(summary.credits_micro) AS credits_micro,
    sum(summary.activities) AS activities
  FROM analytics.user_day AS summary
  -- Each has one: from an outer join the planner knows that it keeps every row.
  LEFT JOIN part ON part.day = summary.day
  WHERE summary.workspace_id = ANY ($1::uuid[])
    AND summary.day BETWEEN $2 AND $3
    AND NOT EXISTS (
      SELECT FROM unnest($4::uuid[], $5::date[]) AS uncovered (workspace_id, day)
      WHERE uncovered.workspace_id = summary.workspace_id AND uncovered.day = summary.day
    )
  GROUP BY summary.user_ordinal
),
-- By name: numbers are given once, and facts have names.
known AS (
  SELECT
    named.id AS user_id,
    summed.*,
    COALESCE(summed.days_1, none.days) | COALESCE(summed.days_2, none.days) | COALESCE(summed.days_3, none.days) AS days
  FROM summed
  CROSS JOIN none
  JOIN analytics.ordinal AS named ON named.ordinal = summed.user_ordinal
  WHERE $20 = '' OR strpos(lower(named.id), $20) > 0
),
-- Before and after the whole days, and the gaps between them, which lie within bounds that tell the planner where to look.
active AS (
  SELECT e.user_id, e.opened_at AS at, true AS ran, e.outcome, e.credits_micro
  FROM analytics.execution AS e
  WHERE e.workspace_id = ANY ($1::uuid[])
    AND e.opened_at >= $10 AND e.opened_at < $11
    AND e.trigger = 1
    AND e.user_id IS NOT NULL
    AND ($20 = '' OR strpos(lower(e.user_id), $20) > 0)
  UNION ALL
  SELECT a.user_id, a.occurred_at, false, NULL, NULL
  FROM analytics.activity AS a
  WHERE a.workspace_id = ANY ($1::uuid[])
    AND a.occurred_at >= $10 AND a.occurred_at < $11
    AND a.type <> 5
    AND ($20 = '' OR strpos(lower(a.user_id), $20) > 0)
  UNION ALL
  SELECT e.user_id, e.opened_at AS at, true AS ran, e.outcome, e.credits_micro
  FROM analytics.execution AS e
  WHERE e.workspace_id = ANY ($1::uuid[])
    AND e.opened_at >= $12 AND e.opened_at < $13
    AND e.trigger = 1
    AND e.user_id IS NOT NULL
    AND ($20 = '' OR strpos(lower(e.user_id), $20) > 0)
  UNION ALL
  SELECT a.user_id, a.occurred_at, false, NULL, NULL
  FROM analytics.activity AS a
  WHERE a.workspace_id = ANY ($1::uuid[])
    AND a.occurred_at >= $12 AND a.occurred_at < $13
    AND a.type <> 5
    AND ($20 = '' OR strpos(lower(a.user_id), $20) > 0)
  UNION ALL
  SELECT e.user_id, e.opened_at AS at, true AS ran, e.outcome, e.credits_micro
  FROM unnest($16::uuid[], $17::timestamptz[], $18::timestamptz[]) AS gap (workspace_id, start, finish)
  JOIN analytics.execution AS e ON e.workspace_id = gap.workspace_id AND e.opened_at >= gap.start AND e.opened_at < gap.finish
  WHERE e.workspace_id = ANY ($1::uuid[])
    AND e.opened_at >= $14 AND e.opened_at < $15
    AND e.trigger = 1
    AND e.user_id IS NOT NULL
    AND ($20 = '' OR strpos(lower(e.user_id), $20) > 0)
  UNION ALL
  SELECT a.user_id, a.occurred_at, false, NULL, NULL
  FROM unnest($16::uuid[], $17::timestamptz[], $18::timestamptz[]) AS gap (workspace_id, start, finish)
  JOIN analytics.activity AS a ON a.workspace_id = gap.workspace_id AND a.occurred_at >= gap.start AND a.occurred_at < gap.finish
  WHERE a.workspace_id = ANY ($1::uuid[])
    AND a.occurred_at >= $14 AND a.occurred_at < $15
    AND a.type <> 5
    AND ($20 = '' OR strpos(lower(a.user_id), $20) > 0)
),
counted AS (
  SELECT
    user_id,
    max(at) AS last_at,
    bit_or(set_bit((SELECT days FROM none), width_bucket(at, $19::timestamptz[]), 1)) AS days,
    count(*) FILTER (WHERE ran) AS runs,
    count(*) FILTER (WHERE outcome = 1) AS completed,
    count(*) FILTER (WHERE outcome = 2) AS failed,
    count(*) FILTER (WHERE outcome = 3) AS cancelled,
    count(*) FILTER (WHERE outcome = 4) AS timed_out,
    count(*) FILTER (WHERE outcome = 5) AS unknown,
    sum(credits_micro) AS credits_micro,
    count(*) FILTER (WHERE NOT ran) AS activities
  FROM active
  GROUP BY user_id
),
person AS (
  SELECT
    user_id,
    -- GREATEST and LEAST leave out what is NULL.
    GREATEST(known.last_at, counted.last_at) AS last_at,
    bit_count(COALESCE(known.days, none.days) | COALESCE(counted.days, none.days)) AS active_days,
    COALESCE(known.runs, 0) + COALESCE(counted.runs, 0) AS runs,
    COALESCE(known.completed, 0) + COALESCE(counted.completed, 0) AS completed,
    COALESCE(known.failed, 0) + COALESCE(counted.failed, 0) AS failed,
    COALESCE(known.cancelled, 0) + COALESCE(counted.cancelled, 0) AS cancelled,
    COALESCE(known.timed_out, 0) + COALESCE(counted.timed_out, 0) AS timed_out,
    COALESCE(known.unknown, 0) + COALESCE(counted.unknown, 0) AS unknown,
    -- Numeric would come back as text.
    CASE WHEN known.credits_micro IS NOT NULL OR counted.credits_micro IS NOT NULL THEN LEAST(
      COALESCE(known.credits_micro, 0) + COALESCE(counted.credits_micro, 0), 9223372036854775807
    )::bigint END AS credits_micro,
    COALESCE(known.activities, 0) + COALESCE(counted.activities, 0) AS activities
  FROM known
  FULL JOIN counted USING (user_id)
  CROSS JOIN none
),
-- What they are ordered by: 1 last seen, 2 active days, 3 runs, 4 success rate, 5 credits, 6 activities, 7 the id alone.
-- What is absent comes last either way.
placed AS (
  SELECT
    person.*,
    COALESCE(
      (CASE WHEN $22 THEN -1 ELSE 1 END) * (CASE $21::integer
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
    $21 = 7 AND $22 AS descending
  FROM person
)
SELECT
  user_id, last_at, active_days, runs, completed, failed, cancelled, timed_out, unknown, credits_micro, activities, place,
  (SELECT count(*) FROM person)
FROM placed
WHERE $23::float8 IS NULL
  OR place < $23
  OR (place = $23 AND CASE WHEN descending THEN user_id COLLATE "C" < $24 ELSE user_id COLLATE "C" > $24 END)
ORDER BY
  place DESC,
  CASE WHEN descending THEN user_id COLLATE "C" END DESC,
  user_id COLLATE "C"
LIMIT $25
