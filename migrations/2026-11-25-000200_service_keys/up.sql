-- Service keys: how producers and other programs say who they are.

CREATE TABLE analytics.service_key (
  key_id      uuid        NOT NULL,
  name        text        NOT NULL,
  hash        bytea       NOT NULL,
  permissions text[]      NOT NULL,
  workspaces  uuid[],
  created_at  timestamptz NOT NULL,
  created_by  text        NOT NULL,
  expires_at  timestamptz NOT NULL,
  revoked_at  timestamptz,
  revoked_by  text,
  CONSTRAINT service_key_pkey PRIMARY KEY (key_id),
  CONSTRAINT service_key_id_not_nil CHECK (key_id <> '00000000-0000-0000-0000-000000000000'),
  CONSTRAINT service_key_name_length CHECK (octet_length(name) BETWEEN 1 AND 128),
  CONSTRAINT service_key_hash_length CHECK (octet_length(hash) = 32),
  CONSTRAINT service_key_permissions_count CHECK (cardinality(permissions) BETWEEN 1 AND 64),
  CONSTRAINT service_key_workspaces_count CHECK (cardinality(workspaces) BETWEEN 1 AND 100),
  CONSTRAINT service_key_created_by_length CHECK (octet_length(created_by) BETWEEN 1 AND 128),
  CONSTRAINT service_key_revoked_by_length CHECK (octet_length(revoked_by) BETWEEN 1 AND 128),
  CONSTRAINT service_key_expires_later CHECK (expires_at > created_at),
  CONSTRAINT service_key_revoked_whole CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
COMMENT ON TABLE analytics.service_key IS 'A key with which a program says who it is, and what it may do. Rows stay after revocation, as a record.';
COMMENT ON COLUMN analytics.service_key.key_id IS 'Names the key; it stands in the key itself, and is no secret.';
COMMENT ON COLUMN analytics.service_key.name IS 'What people call the program that holds it.';
COMMENT ON COLUMN analytics.service_key.hash IS 'SHA-256 of the secret. The secret is 256 random bits, which nobody can guess however fast the hash is; a slow one only protects what people choose.';
COMMENT ON COLUMN analytics.service_key.permissions IS 'Names of exactly what it may do.';
COMMENT ON COLUMN analytics.service_key.workspaces IS 'Where it may do that; NULL is every workspace, those made later included.';
COMMENT ON COLUMN analytics.service_key.created_at IS 'When it was made.';
COMMENT ON COLUMN analytics.service_key.created_by IS 'Who made it, as they called themselves.';
COMMENT ON COLUMN analytics.service_key.expires_at IS 'When it ends.';
COMMENT ON COLUMN analytics.service_key.revoked_at IS 'When somebody ended it; NULL while nobody did.';
COMMENT ON COLUMN analytics.service_key.revoked_by IS 'Who ended it, as they called themselves; NULL while nobody did.';

-- A key belongs to the platform, not to a tenant: one key may hold in many workspaces, and it is looked up before it is
-- known in which. So only the platform's own transactions see any row; one that is about named workspaces sees none.
ALTER TABLE analytics.service_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY service_key_platform ON analytics.service_key USING (
  (SELECT current_setting('app.workspaces', true) = 'all')
);

GRANT SELECT, INSERT, UPDATE (revoked_at, revoked_by) ON analytics.service_key TO shadow_app;
