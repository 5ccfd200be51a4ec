-- Of those who came for the first time in a month, counted from $1, how many came so many months later.
WITH active AS (
  SELECT DISTINCT
    user_id,
    (extract(year FROM age(date_trunc('month', occurred_at AT TIME ZONE 'UTC'), $1::date::timestamp)) * 12
      + extract(month FROM age(date_trunc('month', occurred_at AT TIME ZONE 'UTC'), $1::date::timestamp)))::integer AS month
  FROM analytics.activity
),
first AS (
  SELECT user_id, min(month) AS month FROM active GROUP BY user_id
)
SELECT first.month AS cohort, active.month - first.month AS later, count(*) AS users
FROM first
JOIN active USING (user_id)
GROUP BY 1, 2
