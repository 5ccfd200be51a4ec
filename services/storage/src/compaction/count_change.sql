-- In the order of the key. Nobody else changes rows of the workspace: its lock is held.
INSERT INTO analytics.page_version AS counted (workspace_id, day, version)
SELECT $1, changed.day, 1
FROM (SELECT DISTINCT day FROM unnest($2::date[]) AS one (day)) AS changed
ORDER BY changed.day
ON CONFLICT (workspace_id, day) DO UPDATE SET version = counted.version + 1
