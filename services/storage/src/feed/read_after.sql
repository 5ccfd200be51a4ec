-- Entries that hold something after the position. One that begins at or before it may still end after it; of those
-- only the last can.
WITH entry AS (
  SELECT feed.*
  FROM analytics.feed
  WHERE feed.first_position >= (
      SELECT COALESCE(max(earlier.first_position), 0)
      FROM analytics.feed AS earlier
      WHERE earlier.first_position <= $1
        AND ($2 OR earlier.workspace_id = ANY ($3::uuid[]))
    )
    AND ($2 OR feed.workspace_id = ANY ($3::uuid[]))
  ORDER BY feed.first_position
  -- Each entry holds at least one change; the first may hold none after the position.
  LIMIT $4 + 1
),
-- How many changes after the position each holds. Counting them costs little beside taking them apart, and an entry may
-- hold thousands: only those are taken apart that the limit reaches.
counted AS (
  SELECT
    entry.*,
    GREATEST(0, LEAST(cardinality(execution_id), first_position + cardinality(execution_id) - 1 - $1)) AS held
  FROM entry
),
reached AS (
  SELECT counted.*, sum(held) OVER (ORDER BY first_position) - held AS before
  FROM counted
),
-- Their changes, each with its own position.
change AS (
  SELECT
    entry.workspace_id, one.opened_at, one.execution_id, one.revision, one.seen, entry.committed_at,
    entry.first_position + one.place - 1 AS position
  FROM reached AS entry
  CROSS JOIN LATERAL unnest(entry.opened_at, entry.execution_id, entry.revision, entry.seen)
    WITH ORDINALITY AS one (opened_at, execution_id, revision, seen, place)
  WHERE entry.before < $4
    AND entry.first_position + one.place - 1 > $1
  ORDER BY position
  LIMIT $4
)
SELECT
  e.workspace_id, e.opened_at, e.execution_id, e.agent_id, e.agent_version, e.trigger, e.environment, e.user_id,
  e.timeout_micros, e.started_at, e.ended_at, e.outcome, e.duration_micros, e.model, e.provider, e.input_tokens,
  e.output_tokens, e.credits_micro, e.cost_currency, e.cost_micros, e.error_kind, e.error_message,
  e.feedback_at, e.rating, e.feedback_comment, e.feedback_user_id, e.revision,
  change.position, change.revision, change.seen, change.committed_at,
  COALESCE(agent.name, e.agent_id)
FROM change
-- One look-up by key for each change; the planner cannot know how few there are.
CROSS JOIN LATERAL (
  SELECT *
  FROM analytics.execution AS stored
  WHERE stored.workspace_id = change.workspace_id
    AND stored.opened_at = change.opened_at
    AND stored.execution_id = change.execution_id
  LIMIT 1
) AS e
LEFT JOIN analytics.agent AS agent ON agent.workspace_id = e.workspace_id AND agent.agent_id = e.agent_id
ORDER BY change.position
