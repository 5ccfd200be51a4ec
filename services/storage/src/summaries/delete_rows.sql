WITH oldest AS (
  SELECT workspace_id, day, user_ordinal
  FROM analytics.user_day
  WHERE workspace_id = $1 AND day < $2
  ORDER BY day, user_ordinal
  LIMIT $3
)
DELETE FROM analytics.user_day AS summed
USING oldest
WHERE summed.workspace_id = oldest.workspace_id
  AND summed.day = oldest.day
  AND summed.user_ordinal = oldest.user_ordinal
