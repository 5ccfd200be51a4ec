INSERT INTO analytics.error_day (workspace_id, day, errors)
VALUES ($1, $2, $3)
