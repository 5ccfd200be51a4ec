DELETE FROM analytics.identity_check WHERE identity = 12;
ALTER TABLE analytics.identity_check DROP CONSTRAINT identity_check_known;
ALTER TABLE analytics.identity_check ADD CONSTRAINT identity_check_known CHECK (identity BETWEEN 1 AND 11);
COMMENT ON COLUMN analytics.identity_check.identity IS '1 active users, 2 durations, 3 outcomes, 4 keys, 5 quarters, 6 workspaces, 7 revenue, 8 credits, 9 retention, 10 openings, 11 platform.';
REVOKE INSERT ON analytics.ordinal FROM shadow_jobs;
COMMENT ON TABLE analytics.user_day_made IS 'Days of workspaces whose users were summed up in user_day.';
-- Should the table come back, it is empty: nobody may take it for what was summed up before.
UPDATE analytics.user_day_made SET definition = 0;
DROP TABLE analytics.error_day;
