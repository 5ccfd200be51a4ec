-- For each month and currency what the customers that paid at its start pay at its end, who pays at its end, and what of
-- that is paid again by customers that did not pay at its start but had before. A movement at an instant is not before it.
WITH paid AS (
  -- What each customer pays, and since when it first paid anything.
  SELECT
    m.workspace_id, m.currency, m.after_micros AS micros, m.occurred_at AS since,
    COALESCE(
      lead(m.occurred_at) OVER (PARTITION BY m.workspace_id, m.currency ORDER BY m.occurred_at), 'infinity'
    ) AS until,
    min(m.occurred_at) FILTER (WHERE m.after_micros > 0) OVER (PARTITION BY m.workspace_id, m.currency) AS first_paid
  FROM analytics.mrr_movement AS m
  WHERE m.workspace_id = ANY ($1::uuid[])
),
point AS (
  -- What each pays at the two ends of each month.
  SELECT
    month.number, paid.currency, paid.workspace_id,
    bool_or(paid.first_paid < month.start) AS paid_before,
    COALESCE(sum(paid.micros) FILTER (WHERE paid.since < month.start AND paid.until >= month.start), 0) AS m0,
    COALESCE(sum(paid.micros) FILTER (WHERE paid.since < month.finish AND paid.until >= month.finish), 0) AS m1
  FROM unnest($2::integer[], $3::timestamptz[], $4::timestamptz[]) AS month (number, start, finish)
  JOIN paid ON paid.since < month.finish AND paid.until >= month.start AND paid.micros > 0
  GROUP BY month.number, paid.currency, paid.workspace_id
)
SELECT
  number, currency,
  count(*) FILTER (WHERE m0 > 0),
  count(*) FILTER (WHERE m0 > 0 AND m1 = 0),
  count(*) FILTER (WHERE m1 > 0),
  sum(m0)::text,
  COALESCE(sum(m1) FILTER (WHERE m0 > 0), 0)::text,
  COALESCE(sum(LEAST(m0, m1)), 0)::text,
  sum(m1)::text,
  COALESCE(sum(m1) FILTER (WHERE m0 = 0 AND paid_before), 0)::text
FROM point
GROUP BY number, currency
ORDER BY number, currency
