-- What people say of groups of errors, each time they do. The last row of a group is its state; a group without one is new.
CREATE TABLE analytics.error_group_state (
  workspace_id      uuid        NOT NULL,
  error_fingerprint uuid        NOT NULL,
  number            integer     NOT NULL,
  state             smallint    NOT NULL,
  changed_at        timestamptz NOT NULL DEFAULT now(),
  changed_by        text        NOT NULL,
  note              text,
  CONSTRAINT error_group_state_pkey PRIMARY KEY (workspace_id, error_fingerprint, number),
  CONSTRAINT error_group_state_number_counts CHECK (number > 0),
  CONSTRAINT error_group_state_state_known CHECK (state BETWEEN 1 AND 4)
);
COMMENT ON TABLE analytics.error_group_state IS 'Every state that a group of errors was put into; never changed, only added to.';
COMMENT ON COLUMN analytics.error_group_state.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.error_group_state.error_fingerprint IS 'The group, as executions name it.';
COMMENT ON COLUMN analytics.error_group_state.number IS 'Counts the changes of the group, from 1 without gap: two people at once cannot both be the next.';
COMMENT ON COLUMN analytics.error_group_state.state IS 'The state from then on: 1 new, 2 acknowledged, 3 resolved, 4 ignored.';
COMMENT ON COLUMN analytics.error_group_state.changed_at IS 'When, by the database''s clock.';
COMMENT ON COLUMN analytics.error_group_state.changed_by IS 'Who: the subject of the token or key.';
COMMENT ON COLUMN analytics.error_group_state.note IS 'Why, in that person''s words; NULL where nothing was said.';

ALTER TABLE analytics.error_group_state ENABLE ROW LEVEL SECURITY;
CREATE POLICY error_group_state_tenant ON analytics.error_group_state USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
  OR workspace_id = ANY ((
    SELECT string_to_array(nullif(current_setting('app.workspaces', true), 'all'), ',')::uuid[]
  )::uuid[])
);

GRANT SELECT, INSERT ON analytics.error_group_state TO shadow_app;
