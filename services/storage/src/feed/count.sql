-- Changes after the first position and up to the second. An entry may reach over either of them.
SELECT COALESCE(
  sum(LEAST(first_position + cardinality(execution_id) - 1, $2) - GREATEST(first_position - 1, $1)), 0)::bigint
FROM analytics.feed
WHERE first_position <= $2
  AND first_position + cardinality(execution_id) - 1 > $1
  AND ($3 OR workspace_id = ANY ($4::uuid[]))
