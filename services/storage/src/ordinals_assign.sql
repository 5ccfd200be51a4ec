-- Only what has no number is inserted at all, so that no number is drawn in vain but in a race.
INSERT INTO analytics.ordinal (kind, space, id)
SELECT wanted.kind, wanted.space, wanted.id
FROM unnest($1::smallint[], $2::uuid[], $3::text[]) AS wanted (kind, space, id)
WHERE NOT EXISTS (
  SELECT FROM analytics.ordinal AS o
  WHERE o.kind = wanted.kind AND o.space = wanted.space AND o.id = wanted.id
)
ORDER BY wanted.kind, wanted.space, wanted.id
ON CONFLICT DO NOTHING
