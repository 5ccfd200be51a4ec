ALTER TABLE analytics.erasure
  DROP CONSTRAINT erasure_sweeping_whole,
  DROP COLUMN sweeping,
  DROP COLUMN swept_until;
