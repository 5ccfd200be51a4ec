-- Only ever forward: what is gone does not come back.
INSERT INTO analytics.retention (refused_before)
VALUES ($1)
ON CONFLICT (singleton) DO UPDATE
SET refused_before = excluded.refused_before, refused_at = now()
WHERE retention.refused_before < excluded.refused_before
