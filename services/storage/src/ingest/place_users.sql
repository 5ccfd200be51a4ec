INSERT INTO analytics.app_user (user_id)
SELECT * FROM unnest($1::text[])
ON CONFLICT DO NOTHING
