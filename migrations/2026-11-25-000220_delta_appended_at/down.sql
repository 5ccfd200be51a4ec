ALTER TABLE analytics.partial_delta DROP COLUMN appended_at;
