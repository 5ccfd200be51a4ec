-- The numbers that stand for users (kind 2), who belong to no workspace.
SELECT o.id, o.ordinal
FROM analytics.ordinal AS o
WHERE o.kind = 2
  AND o.space = '00000000-0000-0000-0000-000000000000'
  AND o.id = ANY ($1::text[])
