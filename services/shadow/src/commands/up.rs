//! `shadow up`: everything on this machine, in one process and two private servers.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, anyhow};
use secrecy::ExposeSecret;
use shadow_auth::PlatformRole;
use shadow_demo::{Pace, SignIn};
use shadow_local::{Options, REDIS, Servers};
use shadow_runtime::config::{
    DatabaseConfig, Deployment, Environment, GatewayConfig, ServerConfig, TelemetryConfig,
};
use shadow_runtime::shutdown::Shutdown;
use shadow_runtime::telemetry;
use shadow_storage::{Database, directory};
use tokio::net::TcpListener;

use super::demo::{self, Filling, UNKNOWN};
use super::migrate;
use crate::connection::{OPERATOR, sign};
use crate::data_folder::{Chosen, DataFolder, Stack};
use crate::listen::listen;
use crate::roles::{Role, Roles};
use crate::{database, gateway};

/// The database of a private PostgreSQL.
const DATABASE: &str = "shadow";
/// How often the private servers are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Start everything on this machine: private servers, all roles, the dashboard and a demo
#[derive(Debug, clap::Args)]
pub(crate) struct Up {
    #[command(flatten)]
    data: Chosen,
    /// Load no demo
    #[arg(long, conflicts_with = "scale")]
    no_demo: bool,
    #[command(flatten)]
    demo: demo::Size,
}

impl Up {
    /// Runs until it is told to stop, then stops everything in order: the gateway, the roles, the servers.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let environment = Environment::process();
        // What goes on is said in plain words; logs are for what needs a look.
        let quiet = environment.text("SHADOW_LOG", "warn");
        let traces = telemetry::init(&TelemetryConfig::from_environment(
            &environment.clone().with("SHADOW_LOG", quiet),
        )?)?;
        let ran = self.start(environment).await;
        traces.finish().await;
        ran
    }

    async fn start(self, environment: Environment) -> anyhow::Result<()> {
        let shutdown = Shutdown::on_signal().context("signals cannot be heard")?;
        let folder = self.data.folder()?;
        folder.create()?;
        let environment = environment_of_stack(environment, &folder, !self.no_demo)?;
        let gateway = listen(
            GatewayConfig::from_environment(&environment)?.listen,
            "SHADOW_PORT",
        )
        .await?;
        // Port 0 has become a real one, which the allowed origins name.
        let port = gateway
            .local_addr()
            .context("the port of the dashboard is unknown")?
            .port();
        let environment = environment.with("SHADOW_PORT", port.to_string());

        let Some(servers) = until(&shutdown, start_servers(&environment, &folder)).await else {
            return Ok(());
        };
        let mut servers = servers?;
        let result = self
            .with_servers(&mut servers, environment, &folder, gateway, &shutdown)
            .await;
        let stopped = blocking(move || Ok(servers.stop()?)).await;
        folder.clear_stack()?;
        result.and(stopped)
    }

    async fn with_servers(
        &self,
        servers: &mut Servers,
        mut environment: Environment,
        folder: &DataFolder,
        gateway: TcpListener,
        shutdown: &Shutdown,
    ) -> anyhow::Result<()> {
        if !environment.has_secret("DATABASE_URL") {
            environment =
                environment.with("DATABASE_URL", servers.create_database(DATABASE).await?);
        }
        if let Some(url) = servers.redis_url() {
            environment = environment.with("REDIS_URL", url);
        }
        let config = DatabaseConfig::from_environment(&environment)?;
        let Some(prepared) = until(shutdown, prepare(&config)).await else {
            return Ok(());
        };
        let database = prepared?;
        let listener = listen(
            ServerConfig::from_environment(&environment)?.listen,
            "SHADOW_LISTEN",
        )
        .await?;
        let address = format!(
            "http://{}",
            listener
                .local_addr()
                .context("the address of the services is unknown")?
        );
        let environment = environment.with("SHADOW_UPSTREAMS", address.clone());
        let mut roles = Roles::start(Role::All, &environment, database.clone(), listener).await?;
        let stack = Stack {
            server: address,
            database: config.url.expose_secret().to_owned(),
            dashboard: dashboard(&gateway)?,
            metrics: roles
                .metrics()
                .map(|address| format!("http://{address}/metrics")),
        };
        let result = self
            .with_roles(
                servers,
                &mut roles,
                &environment,
                folder,
                gateway,
                &database,
                &stack,
                shutdown,
            )
            .await;
        let stopped = roles.stop().await;
        result.and(stopped)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the pieces of the stack, which live in its callers"
    )]
    async fn with_roles(
        &self,
        servers: &mut Servers,
        roles: &mut Roles,
        environment: &Environment,
        folder: &DataFolder,
        listener: TcpListener,
        database: &Database,
        stack: &Stack,
        shutdown: &Shutdown,
    ) -> anyhow::Result<()> {
        folder.set_stack(stack)?;
        let sign_ins = if self.no_demo {
            Vec::new()
        } else {
            demo::sign_ins(self.demo)
        };
        let stopping = Shutdown::new();
        let gateway = gateway::start(environment, listener, &stopping)?;
        let running = async {
            if self.no_demo {
                announce(stack, folder, &sign_ins);
                return watch(servers, roles).await;
            }
            let client = demo_client(environment, stack).await?;
            let config = DatabaseConfig::from_environment(environment)?;
            let scale = self.demo.scale;
            let mut filling = Filling::begin(database, &config, &client, folder, scale).await?;
            if let Some(filling) = &mut filling {
                filling.recent().await?;
            }
            announce(stack, folder, &sign_ins);
            tokio::select! {
                ended = watch(servers, roles) => ended,
                never = fill(filling) => match never {},
            }
        };
        let result = until(shutdown, running).await.unwrap_or(Ok(()));
        stopping.request();
        let stopped = gateway.await.context("the gateway broke");
        result.and(stopped)
    }
}

async fn demo_client(
    environment: &Environment,
    stack: &Stack,
) -> anyhow::Result<shadow_client::Client> {
    let secret = environment
        .secret("SHADOW_AUTH_SECRET")?
        .context("the demo needs SHADOW_AUTH_SECRET: set it, or start with --no-demo")?;
    let token = sign(
        environment,
        &secret,
        OPERATOR,
        None,
        chrono::Duration::hours(2),
    )?;
    Ok(shadow_client::Client::connect(&stack.server, &token).await?)
}

/// Loads what is missing of the demo while everything runs, and never ends: whether it can be loaded or not, the rest of
/// the product goes on.
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "how far it is, for whoever started the program"
)]
async fn fill(filling: Option<Filling<'_>>) -> std::convert::Infallible {
    let Some(mut filling) = filling else {
        eprintln!("\n{UNKNOWN}");
        return std::future::pending().await;
    };
    if !filling.is_whole() {
        println!(
            "\nEarlier months of the demo follow meanwhile; stopped, they go on at the next start."
        );
        match filling.rest(Pace::Beside).await {
            Ok(()) => println!("All of the demo is there."),
            Err(error) => eprintln!(
                "Earlier months of the demo are missing: {error:#}. They are tried again at the next start."
            ),
        }
    }
    std::future::pending().await
}

/// What is not set gets the local stack's value.
fn environment_of_stack(
    mut environment: Environment,
    folder: &DataFolder,
    demo: bool,
) -> anyhow::Result<Environment> {
    if !environment.has_secret("SHADOW_AUTH_SECRET")
        && environment.get("SHADOW_AUTH_JWKS_FILE").is_none()
    {
        environment = environment.with("SHADOW_AUTH_SECRET", folder.secret()?.expose_secret());
    }
    let development = Deployment::from_environment(&environment)? == Deployment::Development;
    // Without the demo its people are not there, or those of an earlier start are and are not asked for.
    if environment.get("SHADOW_DEMO_SIGN_IN").is_none() && development && demo {
        environment = environment.with("SHADOW_DEMO_SIGN_IN", "true");
    }
    if environment.get("SHADOW_LISTEN").is_none() {
        environment = environment.with("SHADOW_LISTEN", "127.0.0.1:0");
    }
    if environment.get("SHADOW_WEB_DIST").is_none()
        && let Some(dist) = built_dashboard()
    {
        environment = environment.with("SHADOW_WEB_DIST", dist.display().to_string());
    }
    Ok(environment)
}

/// The dashboard that was built beside this program, wherever it is started from.
fn built_dashboard() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    program
        .ancestors()
        .map(|folder| folder.join("web/dist"))
        .find(|dist| dist.join("index.html").is_file())
}

/// Starts a private server for each of the two that no variable names.
async fn start_servers(environment: &Environment, folder: &DataFolder) -> anyhow::Result<Servers> {
    let options = Options {
        postgres: !environment.has_secret("DATABASE_URL"),
        redis: !environment.has_secret("REDIS_URL"),
        installation: None,
    };
    let path = folder.path().to_owned();
    blocking(move || Ok(Servers::start(&path, &options)?)).await
}

/// Brings the database up to date, and makes the one who acts for this machine's commands.
async fn prepare(config: &DatabaseConfig) -> anyhow::Result<Database> {
    migrate::migrate(config.url.expose_secret()).await?;
    let database = database::open(config).await?;
    directory::put_user(&database, OPERATOR, Some("Operator of this machine")).await?;
    directory::put_platform_role(&database, OPERATOR, PlatformRole::Engineer).await?;
    Ok(database)
}

fn dashboard(listener: &TcpListener) -> anyhow::Result<String> {
    Ok(format!(
        "http://{}",
        listener
            .local_addr()
            .context("the address of the dashboard is unknown")?
    ))
}

#[expect(clippy::print_stdout, reason = "how to reach what was started")]
fn announce(stack: &Stack, folder: &DataFolder, sign_ins: &[SignIn]) {
    println!("\nShadow Analytics is ready: {}\n", stack.dashboard);
    if sign_ins.is_empty() {
        println!("Sign in there with a token, such as that of `shadow token --user {OPERATOR}`.");
    } else {
        println!("Sign in there as:");
        for sign_in in sign_ins {
            println!(
                "  {:<16} {:<24} {}",
                sign_in.user_id, sign_in.label, sign_in.description
            );
        }
    }
    println!("\nServices (gRPC)  {}", stack.server);
    if let Some(metrics) = &stack.metrics {
        println!("Metrics          {metrics}");
    }
    println!("Data             {}", folder.path().display());
    println!("Ctrl-C stops everything; the data is kept.");
}

/// Ends only when the private PostgreSQL or a part of the roles does, which they should not. Redis may be gone: nothing is
/// lost, and queries still answer.
async fn watch(servers: &mut Servers, roles: &mut Roles) -> anyhow::Result<()> {
    let ended = async {
        let mut missed = false;
        loop {
            tokio::time::sleep(LOOK).await;
            match servers.ended() {
                Some(REDIS) if missed => {}
                Some(REDIS) => {
                    missed = true;
                    tracing::warn!(
                        "Redis has stopped by itself; answers are computed without a shared cache until the next start"
                    );
                }
                Some(name) => {
                    return anyhow!("{name} has stopped by itself; its log is in the data folder");
                }
                None => {}
            }
        }
    };
    tokio::select! {
        error = ended => Err(error),
        error = roles.broken() => Err(error),
    }
}

/// What the work gives, or nothing when stopping is asked for first.
async fn until<T>(shutdown: &Shutdown, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        () = shutdown.requested() => None,
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .context("work on the servers broke")?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roles_of_the_demo_sign_in_only_where_there_is_a_demo() {
        let home = tempfile::tempdir().unwrap();
        let folder = Chosen {
            data: Some(home.path().to_owned()),
        }
        .folder()
        .unwrap();
        let offered = |chosen: Option<&str>, demo| {
            let environment =
                Environment::default().with("SHADOW_DEMO_SIGN_IN", chosen.unwrap_or_default());
            environment_of_stack(environment, &folder, demo)
                .unwrap()
                .flag("SHADOW_DEMO_SIGN_IN")
                .unwrap()
        };
        assert!(offered(None, true));
        assert!(!offered(None, false));
        assert!(!offered(Some("false"), true));
        assert!(offered(Some("true"), false));
    }
}
