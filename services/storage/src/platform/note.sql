-- Which state is being merged. Where somebody else has noted a later one since this state was taken, the server refuses to
-- go on, so that no older state ever replaces a newer one.
INSERT INTO analytics.platform_day (day, version, folded_at)
SELECT $1, COALESCE(sum(version), 0)::bigint, statement_timestamp()
FROM analytics.page_version
WHERE day = $1
ON CONFLICT (day) DO UPDATE SET version = excluded.version, folded_at = excluded.folded_at
