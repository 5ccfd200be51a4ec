-- How many visits some users made in a time, token refreshes (5) left out: by the session that a program names, else a visit
-- is over where nothing is heard for a while. Counted here, so that what was done does not have to travel one by one.
SELECT
  visitor.user_id,
  sum(CASE WHEN visitor.nameless IS NULL THEN 1 ELSE (
    SELECT count(*)
    FROM (SELECT heard - lag(heard) OVER (ORDER BY heard) AS silence FROM unnest(visitor.nameless) AS heard) AS event
    WHERE event.silence IS NULL OR event.silence >= $5::bigint * interval '1 microsecond'
  ) END)::bigint
FROM (
  SELECT a.user_id, array_agg(a.occurred_at) FILTER (WHERE a.session_id IS NULL) AS nameless
  FROM analytics.activity AS a
  WHERE a.workspace_id = ANY ($1::uuid[])
    AND a.occurred_at >= $2 AND a.occurred_at < $3
    AND a.type <> 5
    AND a.user_id = ANY ($4::text[])
  GROUP BY a.workspace_id, a.user_id, a.session_id
) AS visitor
GROUP BY visitor.user_id
