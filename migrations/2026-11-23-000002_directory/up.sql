-- The directory: who and what the numbers are about. No fact refers to it by a foreign key, because facts may come
-- first; what is first seen in an event gets a placeholder here.

CREATE TABLE analytics.workspace (
  workspace_id  uuid        NOT NULL,
  name          text,
  zone          text        NOT NULL DEFAULT 'UTC',
  last_event_at timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT workspace_pkey PRIMARY KEY (workspace_id),
  CONSTRAINT workspace_id_not_nil CHECK (workspace_id <> '00000000-0000-0000-0000-000000000000'),
  CONSTRAINT workspace_name_length CHECK (octet_length(name) BETWEEN 1 AND 200),
  CONSTRAINT workspace_zone_length CHECK (octet_length(zone) BETWEEN 1 AND 64)
);
COMMENT ON TABLE analytics.workspace IS 'A tenant: everything that is measured belongs to one.';
COMMENT ON COLUMN analytics.workspace.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.workspace.name IS 'What people call it; NULL while it is only known from events.';
COMMENT ON COLUMN analytics.workspace.zone IS 'IANA time zone in which its people think; stored data is in UTC whatever it is.';
COMMENT ON COLUMN analytics.workspace.last_event_at IS 'Latest event time of what has been compacted into pages; pending deltas may hold a later one.';
COMMENT ON COLUMN analytics.workspace.created_at IS 'When this row was made.';

CREATE TABLE analytics.app_user (
  user_id    text        NOT NULL,
  name       text,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT app_user_pkey PRIMARY KEY (user_id),
  CONSTRAINT app_user_id_length CHECK (octet_length(user_id) BETWEEN 1 AND 128),
  CONSTRAINT app_user_name_length CHECK (octet_length(name) BETWEEN 1 AND 200)
);
COMMENT ON TABLE analytics.app_user IS 'A person of the platform, who may belong to several workspaces.';
COMMENT ON COLUMN analytics.app_user.user_id IS 'The platform''s name of the person; the subject of a token.';
COMMENT ON COLUMN analytics.app_user.name IS 'What people call the person; NULL while only known from events.';
COMMENT ON COLUMN analytics.app_user.created_at IS 'When this row was made.';

CREATE TABLE analytics.membership (
  workspace_id uuid        NOT NULL,
  user_id      text        NOT NULL,
  role         text        NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT membership_pkey PRIMARY KEY (workspace_id, user_id),
  CONSTRAINT membership_workspace_fkey FOREIGN KEY (workspace_id) REFERENCES analytics.workspace (workspace_id),
  CONSTRAINT membership_user_fkey FOREIGN KEY (user_id) REFERENCES analytics.app_user (user_id),
  CONSTRAINT membership_role_known CHECK (role IN ('owner', 'admin', 'member', 'viewer'))
);
CREATE INDEX membership_user_idx ON analytics.membership (user_id);
COMMENT ON INDEX analytics.membership_user_idx IS 'The roles of one person, looked up for each token.';
COMMENT ON TABLE analytics.membership IS 'What a person may do in a workspace.';
COMMENT ON COLUMN analytics.membership.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.membership.user_id IS 'The person.';
COMMENT ON COLUMN analytics.membership.role IS 'owner, admin, member or viewer.';
COMMENT ON COLUMN analytics.membership.created_at IS 'When this row was made.';

CREATE TABLE analytics.platform_role (
  user_id    text        NOT NULL,
  role       text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT platform_role_pkey PRIMARY KEY (user_id),
  CONSTRAINT platform_role_user_fkey FOREIGN KEY (user_id) REFERENCES analytics.app_user (user_id),
  CONSTRAINT platform_role_known CHECK (role IN ('executive', 'engineer'))
);
COMMENT ON TABLE analytics.platform_role IS 'What a person may do in every workspace.';
COMMENT ON COLUMN analytics.platform_role.user_id IS 'The person.';
COMMENT ON COLUMN analytics.platform_role.role IS 'executive or engineer.';
COMMENT ON COLUMN analytics.platform_role.created_at IS 'When this row was made.';

CREATE TABLE analytics.agent (
  workspace_id uuid        NOT NULL,
  agent_id     text        NOT NULL,
  name         text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT agent_pkey PRIMARY KEY (workspace_id, agent_id),
  CONSTRAINT agent_id_length CHECK (octet_length(agent_id) BETWEEN 1 AND 128),
  CONSTRAINT agent_name_length CHECK (octet_length(name) BETWEEN 1 AND 200)
);
COMMENT ON TABLE analytics.agent IS 'An agent of a workspace.';
COMMENT ON COLUMN analytics.agent.workspace_id IS 'The tenant key.';
COMMENT ON COLUMN analytics.agent.agent_id IS 'The workspace''s name of the agent.';
COMMENT ON COLUMN analytics.agent.name IS 'What people call it; NULL while it is only known from events.';
COMMENT ON COLUMN analytics.agent.created_at IS 'When this row was made.';

CREATE TABLE analytics.ordinal (
  kind    smallint NOT NULL,
  space   uuid     NOT NULL,
  id      text     NOT NULL,
  ordinal integer  GENERATED ALWAYS AS IDENTITY,
  CONSTRAINT ordinal_pkey PRIMARY KEY (kind, space, id),
  CONSTRAINT ordinal_unique UNIQUE (ordinal),
  CONSTRAINT ordinal_kind_known CHECK (kind IN (1, 2))
);
COMMENT ON TABLE analytics.ordinal IS 'Dense 32-bit numbers of agents and users, for bitmaps. Global and append-only; gaps are allowed.';
COMMENT ON COLUMN analytics.ordinal.kind IS '1 agent, 2 user.';
COMMENT ON COLUMN analytics.ordinal.space IS 'Where the id is unique: the workspace of an agent; nil for users, who belong to the platform.';
COMMENT ON COLUMN analytics.ordinal.id IS 'The agent''s or the user''s id.';
COMMENT ON COLUMN analytics.ordinal.ordinal IS 'The number that stands for it.';
