INSERT INTO analytics.subscription_state (
  workspace_id, subscription_id, valid_from, valid_to, status, plan_id, quantity, currency, mrr_micros
)
SELECT *
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::smallint[], $6::text[], $7::integer[],
            $8::text[], $9::bigint[])
