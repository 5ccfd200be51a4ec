-- The number of who was erased last; 0 before the first.
SELECT COALESCE(max(number), 0)
FROM analytics.erased_user
WHERE number >= $1
