-- By how much revenue moved in each month, whichever way.
SELECT month.number, m.currency, m.kind, sum(abs(m.after_micros - m.before_micros))::text
FROM unnest($2::integer[], $3::timestamptz[], $4::timestamptz[]) AS month (number, start, finish)
JOIN analytics.mrr_movement AS m ON m.occurred_at >= month.start AND m.occurred_at < month.finish
WHERE m.workspace_id = ANY ($1::uuid[])
GROUP BY month.number, m.currency, m.kind
