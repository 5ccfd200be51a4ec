//! `shadow token`: a token for a user, to stdout.

use chrono::Duration;
use shadow_auth::Permission;
use shadow_runtime::config::parse_duration;

use crate::connection::local_token;
use crate::data_folder::Chosen;

/// Print a token for a user, signed with SHADOW_AUTH_SECRET, else with the local stack's secret
#[derive(Debug, clap::Args)]
pub(crate) struct Token {
    /// The user's id, such as executive@demo
    #[arg(long)]
    user: String,
    /// How long it lasts, such as 30m or 12h
    #[arg(long, default_value = "12h", value_parser = duration)]
    expires: Duration,
    /// Allow only this permission; may be repeated
    #[arg(long = "permission", value_name = "NAME", value_parser = permission)]
    permissions: Vec<Permission>,
    #[command(flatten)]
    data: Chosen,
}

impl Token {
    #[expect(clippy::print_stdout, reason = "what was asked for")]
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let names = self.permissions.iter().map(|one| one.name().to_owned());
        let permissions = (!self.permissions.is_empty()).then(|| names.collect());
        println!(
            "{}",
            local_token(&self.data.folder()?, &self.user, permissions, self.expires)?
        );
        Ok(())
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text)
        .filter(|duration| !duration.is_zero())
        .and_then(|duration| Duration::from_std(duration).ok())
        .ok_or_else(|| "expected a length of time such as 30m or 12h".to_owned())
}

/// The permission of that name.
pub(crate) fn permission(text: &str) -> Result<Permission, String> {
    Permission::parse(text).ok_or_else(|| {
        let known = Permission::all().iter().map(|permission| permission.name());
        format!("expected one of {}", known.collect::<Vec<_>>().join(", "))
    })
}
