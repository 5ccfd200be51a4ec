//! The browsers' door.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::{ConfigError, Deployment, Environment, Problem};

/// How the gateway serves browsers.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// `SHADOW_HOST` and `SHADOW_PORT`: where browsers connect. Default and absence: `127.0.0.1` and `8080`.
    pub listen: SocketAddr,
    /// `SHADOW_PUBLIC_ORIGINS`: the origins that browsers show, with commas between them, such as
    /// `https://analytics.example.com`; requests of other origins are refused. Must be https off loopback. Default and
    /// absence: `http://127.0.0.1` and `http://localhost` with the port.
    pub public_origins: Vec<Origin>,
    /// `SHADOW_UPSTREAMS`: addresses of the services, with commas between replicas. Default and absence:
    /// `http://127.0.0.1:50051`.
    pub upstreams: Vec<String>,
    /// `SHADOW_DEMO_SIGN_IN`: `true` lets anybody sign in as a demo role, without a password; refused in production.
    /// Default and absence: `false`.
    pub demo_sign_in: bool,
    /// `SHADOW_WEB_DIST`: the folder of the built dashboard. Default and absence: `web/dist`.
    pub dist: PathBuf,
    /// `SHADOW_SESSION_DURATION`: how long a session lasts without use; it is renewed on use. Default and absence: `15m`.
    pub session_duration: Duration,
    /// `SHADOW_SESSION_LIMIT`: how long after signing in a session ends, whatever its use. Default and absence: `12h`.
    pub session_limit: Duration,
}

impl GatewayConfig {
    /// Reads the variables.
    pub fn from_environment(environment: &Environment) -> Result<GatewayConfig, ConfigError> {
        let host: IpAddr = environment
            .parse("SHADOW_HOST", "an IP address")?
            .unwrap_or(Ipv4Addr::LOCALHOST.into());
        let port: u16 = environment
            .parse("SHADOW_PORT", "a port from 0 to 65535")?
            .unwrap_or(8080);
        let demo_sign_in = environment.flag("SHADOW_DEMO_SIGN_IN")?;
        if demo_sign_in && Deployment::from_environment(environment)? == Deployment::Production {
            let problem =
                Problem::Unsafe("would let anybody sign in; it must be off in production");
            return Err(ConfigError::new("SHADOW_DEMO_SIGN_IN", problem));
        }
        Ok(GatewayConfig {
            listen: SocketAddr::new(host, port),
            public_origins: origins(environment, port)?,
            upstreams: list(&environment.text("SHADOW_UPSTREAMS", "http://127.0.0.1:50051")),
            demo_sign_in,
            dist: environment
                .path("SHADOW_WEB_DIST")
                .unwrap_or_else(|| PathBuf::from("web/dist")),
            session_duration: environment
                .duration("SHADOW_SESSION_DURATION", Duration::from_secs(15 * 60))?,
            session_limit: environment
                .duration("SHADOW_SESSION_LIMIT", Duration::from_secs(12 * 60 * 60))?,
        })
    }
}

/// An origin as browsers send it: `scheme://host[:port]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    secure: bool,
}

impl Origin {
    /// Reads an origin: https, or http of this machine.
    pub fn parse(text: &str) -> Option<Origin> {
        let (scheme, authority) = text.split_once("://")?;
        let plain = !authority.is_empty()
            && authority.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte)
            });
        let secure = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        if !plain || !(secure || is_loopback(authority)) {
            return None;
        }
        Some(Origin {
            text: text.to_owned(),
            secure,
        })
    }

    /// The origins of a server on this machine.
    pub fn local(port: u16) -> Vec<Origin> {
        ["127.0.0.1", "localhost"]
            .map(|host| Origin {
                text: format!("http://{host}:{port}"),
                secure: false,
            })
            .into()
    }

    /// As browsers send it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is https, so that cookies can be `Secure`.
    pub fn is_secure(&self) -> bool {
        self.secure
    }
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn origins(environment: &Environment, port: u16) -> Result<Vec<Origin>, ConfigError> {
    const NAME: &str = "SHADOW_PUBLIC_ORIGINS";
    let Some(text) = environment.get(NAME) else {
        return Ok(Origin::local(port));
    };
    list(text)
        .iter()
        .map(|origin| {
            Origin::parse(origin).ok_or_else(|| {
                ConfigError::invalid(
                    NAME,
                    origin,
                    "an origin such as https://analytics.example.com (http only on loopback)",
                )
            })
        })
        .collect()
}

fn list(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_https_or_loopback() {
        for (text, secure) in [
            ("https://analytics.example.com", Some(true)),
            ("https://analytics.example.com:8443", Some(true)),
            ("http://127.0.0.1:8080", Some(false)),
            ("http://localhost", Some(false)),
            ("http://[::1]:8080", Some(false)),
            ("http://app.localhost:3000", Some(false)),
            ("http://analytics.example.com", None),
            ("http://192.168.0.4:8080", None),
            ("http://localhost.example.com", None),
            ("https://analytics.example.com/", None),
            ("https://Analytics.example.com", None),
            ("https://", None),
            ("ftp://localhost", None),
            ("localhost:8080", None),
            ("*", None),
        ] {
            assert_eq!(
                Origin::parse(text).map(|origin| origin.is_secure()),
                secure,
                "{text}"
            );
        }
    }

    #[test]
    fn the_port_is_part_of_the_default_origins() {
        let config =
            GatewayConfig::from_environment(&Environment::default().with("SHADOW_PORT", "9000"))
                .unwrap();
        let origins: Vec<&str> = config.public_origins.iter().map(Origin::as_str).collect();
        assert_eq!(origins, ["http://127.0.0.1:9000", "http://localhost:9000"]);
        assert_eq!(config.listen.to_string(), "127.0.0.1:9000");
    }

    #[test]
    fn demo_sign_in_is_refused_in_production() {
        let environment = Environment::default().with("SHADOW_DEMO_SIGN_IN", "true");
        assert!(
            GatewayConfig::from_environment(&environment)
                .unwrap()
                .demo_sign_in
        );
        let production = environment.with("SHADOW_DEPLOYMENT", "production");
        assert_eq!(
            GatewayConfig::from_environment(&production)
                .unwrap_err()
                .variable,
            "SHADOW_DEMO_SIGN_IN"
        );
    }
}
