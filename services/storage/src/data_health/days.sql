-- What checking came to, by identity and day of checking.
SELECT identity, checked_on, sum(checks)::bigint, sum(compared)::bigint, sum(broken)::bigint, max(checked_at)
FROM analytics.identity_check
WHERE ($1 OR workspace_id = ANY ($2::uuid[])) AND checked_on >= $3
GROUP BY identity, checked_on
ORDER BY identity, checked_on
