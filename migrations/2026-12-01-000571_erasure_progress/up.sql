-- How far the sweep of an erasure has come inside a workspace, so that it is done stretch by stretch of the workspace's time.
ALTER TABLE analytics.erasure
  ADD COLUMN sweeping    uuid,
  ADD COLUMN swept_until timestamptz,
  ADD CONSTRAINT erasure_sweeping_whole CHECK ((sweeping IS NULL) = (swept_until IS NULL));
COMMENT ON COLUMN analytics.erasure.sweeping IS 'The workspace that is being swept; NULL between two.';
COMMENT ON COLUMN analytics.erasure.swept_until IS 'In that workspace, facts of before are done; NULL between two.';
GRANT UPDATE (sweeping, swept_until) ON analytics.erasure TO shadow_jobs;
