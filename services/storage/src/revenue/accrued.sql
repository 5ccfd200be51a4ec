-- What customers paid over each period: what each paid per month × for how long, in millionths × microseconds.
WITH paid AS (
  -- What each customer pays, from a movement to the next one.
  SELECT
    m.currency, m.after_micros AS micros, m.occurred_at AS since,
    COALESCE(
      lead(m.occurred_at) OVER (PARTITION BY m.workspace_id, m.currency ORDER BY m.occurred_at), 'infinity'
    ) AS until
  FROM analytics.mrr_movement AS m
  WHERE m.workspace_id = ANY ($1::uuid[])
)
SELECT
  month.number, paid.currency,
  trunc(sum(
    paid.micros * 1000000 * extract(EPOCH FROM LEAST(paid.until, month.finish) - GREATEST(paid.since, month.start))
  ))::text
FROM unnest($2::integer[], $3::timestamptz[], $4::timestamptz[]) AS month (number, start, finish)
JOIN paid ON paid.since < month.finish AND paid.until > month.start AND paid.micros > 0
GROUP BY month.number, paid.currency
ORDER BY month.number, paid.currency
