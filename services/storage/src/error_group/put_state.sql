-- The next state of a group. Where somebody else was first there is a row of that number, and this one is refused.
INSERT INTO analytics.error_group_state (workspace_id, error_fingerprint, number, state, changed_by, note)
VALUES ($1, $2, $3, $4, $5, $6)
