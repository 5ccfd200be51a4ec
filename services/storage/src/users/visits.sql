-- How many visits some users made in a time, token refreshes (5) left out: by the session that a program names, else a visit
-- is over where nothing is heard for a while. Of whole UTC days from their summaries, and of all else, the gaps, from facts.
-- Counted here, so that what was done does not have to travel one by one.
WITH summary AS MATERIALIZED (
  SELECT summary.workspace_id, shown.user_id, summary.sessions, summary.visit_starts, summary.visit_ends
  FROM unnest($6::integer[], $7::text[]) AS shown (user_ordinal, user_id)
  JOIN analytics.user_day AS summary ON summary.user_ordinal = shown.user_ordinal
  WHERE summary.workspace_id = ANY ($1::uuid[])
    AND summary.day BETWEEN $2 AND $3
    AND summary.activities > 0
    AND NOT EXISTS (
      SELECT FROM unnest($4::uuid[], $5::date[]) AS uncovered (workspace_id, day)
      WHERE uncovered.workspace_id = summary.workspace_id AND uncovered.day = summary.day
    )
),
-- Before and after the whole days, and the gaps between them, which lie within bounds that tell the planner where to look.
activity AS (
  SELECT a.workspace_id, a.user_id, a.session_id, a.occurred_at
  FROM analytics.activity AS a
  WHERE a.workspace_id = ANY ($1::uuid[])
    AND a.occurred_at >= $9 AND a.occurred_at < $10
    AND a.type <> 5
    AND a.user_id = ANY ($8::text[])
  UNION ALL
  SELECT a.workspace_id, a.user_id, a.session_id, a.occurred_at
  FROM analytics.activity AS a
  WHERE a.workspace_id = ANY ($1::uuid[])
    AND a.occurred_at >= $11 AND a.occurred_at < $12
    AND a.type <> 5
    AND a.user_id = ANY ($8::text[])
  UNION ALL
  SELECT a.workspace_id, a.user_id, a.session_id, a.occurred_at
  FROM unnest($15::uuid[], $16::timestamptz[], $17::timestamptz[]) AS gap (workspace_id, start, finish)
  JOIN analytics.activity AS a
    ON a.workspace_id = gap.workspace_id AND a.occurred_at >= gap.start AND a.occurred_at < gap.finish
  WHERE a.workspace_id = ANY ($1::uuid[])
    AND a.occurred_at >= $13 AND a.occurred_at < $14
    AND a.type <> 5
    AND a.user_id = ANY ($8::text[])
),
done AS MATERIALIZED (
  SELECT workspace_id, user_id, session_id, array_agg(occurred_at) FILTER (WHERE session_id IS NULL) AS nameless
  FROM activity
  GROUP BY workspace_id, user_id, session_id
),
-- A session of several days, or of summaries and facts, is one.
named AS (
  SELECT summary.workspace_id, summary.user_id, one.session
  FROM summary
  CROSS JOIN LATERAL unnest(summary.sessions) AS one (session)
  UNION
  SELECT workspace_id, user_id, encode(substr(sha256(convert_to(session_id, 'UTF8')), 1, 16), 'hex')::uuid
  FROM done
  WHERE session_id IS NOT NULL
),
-- Stretches without silence, which do not overlap: each is of another day.
stretch AS (
  SELECT summary.workspace_id, summary.user_id, one.began, one.ended
  FROM summary
  CROSS JOIN LATERAL unnest(summary.visit_starts, summary.visit_ends) AS one (began, ended)
  UNION ALL
  SELECT done.workspace_id, done.user_id, one.at, one.at
  FROM done
  CROSS JOIN LATERAL unnest(done.nameless) AS one (at)
),
silences AS (
  SELECT user_id, began - lag(ended) OVER (PARTITION BY workspace_id, user_id ORDER BY began, ended) AS silence
  FROM stretch
)
SELECT visits.user_id, sum(visits.visits)::bigint
FROM (
  SELECT user_id, count(*) AS visits
  FROM named
  GROUP BY user_id
  UNION ALL
  SELECT user_id, count(*) FILTER (WHERE silence IS NULL OR silence >= $18::bigint * interval '1 microsecond')
  FROM silences
  GROUP BY user_id
) AS visits
GROUP BY visits.user_id
