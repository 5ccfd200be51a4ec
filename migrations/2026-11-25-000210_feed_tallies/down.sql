REVOKE UPDATE (numbered_at) ON analytics.feed FROM shadow_jobs;
ALTER TABLE analytics.feed
  DROP CONSTRAINT feed_tally_whole,
  DROP COLUMN numbered_at,
  DROP COLUMN open_change,
  DROP COLUMN opened,
  DROP COLUMN started,
  DROP COLUMN ended,
  DROP COLUMN failed,
  DROP COLUMN credits_micro,
  DROP COLUMN users;
