DELETE FROM analytics.identity_check WHERE identity = 11;
ALTER TABLE analytics.identity_check DROP CONSTRAINT identity_check_known;
ALTER TABLE analytics.identity_check ADD CONSTRAINT identity_check_known CHECK (identity BETWEEN 1 AND 10);
COMMENT ON COLUMN analytics.identity_check.identity IS '1 active users, 2 durations, 3 outcomes, 4 keys, 5 quarters, 6 workspaces, 7 revenue, 8 credits, 9 retention, 10 openings.';
DROP TABLE analytics.platform_page;
DROP TABLE analytics.platform_day;
DROP TABLE analytics.page_version;
