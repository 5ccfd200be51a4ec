//! The small tables as diesel's query builder knows them. The rest is in `.sql` files.

diesel::table! {
    /// Tenants.
    analytics.workspace (workspace_id) {
        workspace_id -> Uuid,
        name -> Nullable<Text>,
        zone -> Text,
        last_event_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// People.
    analytics.app_user (user_id) {
        user_id -> Text,
        name -> Nullable<Text>,
    }
}

diesel::table! {
    /// What people may do in a workspace.
    analytics.membership (workspace_id, user_id) {
        workspace_id -> Uuid,
        user_id -> Text,
        role -> Text,
    }
}

diesel::table! {
    /// What people may do everywhere.
    analytics.platform_role (user_id) {
        user_id -> Text,
        role -> Text,
    }
}

diesel::table! {
    /// Agents of workspaces.
    analytics.agent (workspace_id, agent_id) {
        workspace_id -> Uuid,
        agent_id -> Text,
        name -> Nullable<Text>,
    }
}

diesel::table! {
    /// Up to when facts are no longer kept.
    analytics.retention (singleton) {
        singleton -> Bool,
        refused_before -> Timestamptz,
        gone_before -> Nullable<Timestamptz>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    workspace,
    app_user,
    membership,
    platform_role,
    agent
);
