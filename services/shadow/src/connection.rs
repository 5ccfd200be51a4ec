//! Which server a command talks to, and as whom.

use anyhow::Context;
use chrono::Utc;
use secrecy::SecretString;
use shadow_auth::token::{Claims, Signer};
use shadow_client::Client;
use shadow_runtime::config::Environment;

use crate::data_folder::{Chosen, DataFolder};

/// Who a local stack's own commands act as: an engineer of the platform, made by `shadow up`.
pub(crate) const OPERATOR: &str = "operator@local";

/// How long the token of one command lasts; an import of a large file is the longest.
const COMMAND_HOURS: i64 = 24;

/// Which server a command talks to, and as whom.
#[derive(Debug, clap::Args)]
pub(crate) struct Connection {
    /// Address of the server, such as http://127.0.0.1:50051 [default: that of the local stack]
    #[arg(long, value_name = "URL", env = "SHADOW_SERVER")]
    server: Option<String>,
    /// Token or service key to use [default: a token of the local stack's operator]
    #[arg(
        long,
        value_name = "TOKEN",
        env = "SHADOW_TOKEN",
        hide_env_values = true
    )]
    token: Option<String>,
    #[command(flatten)]
    data: Chosen,
}

impl Connection {
    /// Connects.
    pub(crate) async fn connect(&self) -> anyhow::Result<Client> {
        let (url, token) = self.address_and_token()?;
        Client::connect(&url, &token)
            .await
            .with_context(|| format!("the server at {url} cannot be reached: start it with `shadow up`, or name one with --server"))
    }

    /// The local stack that stands in for what is not named.
    pub(crate) fn data(&self) -> &Chosen {
        &self.data
    }

    fn address_and_token(&self) -> anyhow::Result<(String, String)> {
        let folder = self.data.folder()?;
        let url = match &self.server {
            Some(url) => url.clone(),
            None => folder.stack()?.server,
        };
        let token = match &self.token {
            Some(token) => token.clone(),
            None => local_token(
                &folder,
                OPERATOR,
                None,
                chrono::Duration::hours(COMMAND_HOURS),
            )?,
        };
        Ok((url, token))
    }
}

/// A token for a user, signed with `SHADOW_AUTH_SECRET` where it is set, else with the local stack's secret.
pub(crate) fn local_token(
    folder: &DataFolder,
    user: &str,
    permissions: Option<Vec<String>>,
    duration: chrono::Duration,
) -> anyhow::Result<String> {
    let environment = Environment::process();
    let secret = match environment.secret("SHADOW_AUTH_SECRET")? {
        Some(secret) => secret,
        None => folder.read_secret()?,
    };
    sign(&environment, &secret, user, permissions, duration)
}

/// Signs a token for a user.
pub(crate) fn sign(
    environment: &Environment,
    secret: &SecretString,
    user: &str,
    permissions: Option<Vec<String>>,
    duration: chrono::Duration,
) -> anyhow::Result<String> {
    let now = Utc::now();
    let claims = Claims {
        sub: user.to_owned(),
        iss: environment.text("SHADOW_AUTH_ISSUER", "shadow-analytics"),
        aud: vec![environment.text("SHADOW_AUTH_AUDIENCE", "shadow-analytics")],
        exp: (now + duration).timestamp(),
        nbf: None,
        iat: Some(now.timestamp()),
        auth_time: None,
        sid: None,
        permissions,
        name: None,
    };
    Ok(Signer::new(secret)?.sign(&claims))
}
