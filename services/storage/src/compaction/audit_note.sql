INSERT INTO analytics.page_audit (workspace_id, day, audited_at, pages, repaired)
SELECT $1, noted.day, clock_timestamp(), noted.pages, noted.repaired
FROM unnest($2::date[], $3::integer[], $4::integer[]) AS noted (day, pages, repaired)
