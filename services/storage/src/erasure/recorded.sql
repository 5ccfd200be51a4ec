-- Whose erasure an event asked for before.
SELECT pseudonym
FROM analytics.erasure
WHERE workspace_id = $1 AND occurred_at = $2 AND event_id = $3
