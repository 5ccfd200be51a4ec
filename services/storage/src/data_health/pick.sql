-- Workspaces that were never checked or not for longest, each with a day of those that have pages and are over: rather one
-- of the latest than an old one.
SELECT chosen.workspace_id, COALESCE(span.last - floor(power(random(), 3) * (span.last - span.first + 1))::integer, $1)
FROM (
  SELECT w.workspace_id
  FROM analytics.workspace AS w
  LEFT JOIN LATERAL (
    SELECT c.checked_at
    FROM analytics.identity_check AS c
    WHERE c.workspace_id = w.workspace_id AND c.identity = 1
    ORDER BY c.checked_on DESC
    LIMIT 1
  ) AS latest ON true
  ORDER BY latest.checked_at NULLS FIRST, w.workspace_id
  LIMIT $2
) AS chosen
CROSS JOIN LATERAL (
  SELECT min(p.day) AS first, max(p.day) AS last
  FROM analytics.partial_page AS p
  WHERE p.workspace_id = chosen.workspace_id AND p.dimension = 0 AND p.key = '' AND p.day <= $1
) AS span
