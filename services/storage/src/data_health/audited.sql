-- Audits of pages by the day on which they were done.
SELECT (audited_at AT TIME ZONE 'UTC')::date, count(*), sum(pages)::bigint, sum(repaired)::bigint, max(audited_at)
FROM analytics.page_audit
WHERE ($1 OR workspace_id = ANY ($2::uuid[])) AND audited_at >= $3
GROUP BY (audited_at AT TIME ZONE 'UTC')::date
ORDER BY (audited_at AT TIME ZONE 'UTC')::date
