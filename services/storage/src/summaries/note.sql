-- Which state is being summed up. Where somebody else has noted a later one since this state was taken, the server refuses to
-- go on, so that no older state ever replaces a newer one.
INSERT INTO analytics.user_day_made (workspace_id, day, version, definition, made_at)
SELECT counted.workspace_id, counted.day, counted.version, $3, statement_timestamp()
FROM analytics.page_version AS counted
WHERE counted.workspace_id = $1 AND counted.day = $2
ON CONFLICT (workspace_id, day) DO UPDATE
SET version = excluded.version, definition = excluded.definition, made_at = excluded.made_at
