-- What was said of the person in a workspace (2 memberships, 4 people): that something was said stays, so that a repeat is
-- known; of whom, and what the person is called, does not.
UPDATE analytics.directory_entry
SET subject = $3, name = NULL, email = NULL
WHERE workspace_id = $1 AND kind IN (2, 4) AND subject = $2
