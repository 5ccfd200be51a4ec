use secrecy::ExposeSecret;

use super::*;

const EXAMPLE: &str = include_str!("../../../../.env.example");

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Read by command lines and by the setup of tools, which are no concern of a process that serves.
const OF_COMMANDS: &[&str] = &[
    "SHADOW_SERVER",
    "SHADOW_TOKEN",
    "SHADOW_DATA",
    "SHADOW_TOOLS",
];

/// The variables that the example shows, commented out or not.
fn example() -> Environment {
    EXAMPLE
        .lines()
        .filter_map(|line| line.trim_start_matches('#').trim().split_once('='))
        .filter(|(name, _)| {
            name.bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        })
        .filter(|(name, _)| !name.ends_with("_FILE"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn the_defaults_are_those_of_the_example() {
    let (empty, example) = (Environment::default(), example());
    let server =
        |environment| format!("{:?}", ServerConfig::from_environment(environment).unwrap());
    let without_metrics = example.clone().with("SHADOW_METRICS_LISTEN", "");
    assert_eq!(server(&empty), server(&without_metrics));
    let gateway = |environment| {
        format!(
            "{:?}",
            GatewayConfig::from_environment(environment).unwrap()
        )
    };
    assert_eq!(gateway(&empty), gateway(&example));
    let jobs = |environment| format!("{:?}", JobsConfig::from_environment(environment).unwrap());
    assert_eq!(jobs(&empty), jobs(&example));
    let retention = |environment| {
        format!(
            "{:?}",
            RetentionConfig::from_environment(environment).unwrap()
        )
    };
    assert_eq!(retention(&empty), retention(&example));
    let telemetry = |environment| {
        format!(
            "{:?}",
            TelemetryConfig::from_environment(environment).unwrap()
        )
    };
    // Where traces go has no default, so the example names one beside a mark.
    let without_traces = example.clone().with("OTEL_EXPORTER_OTLP_ENDPOINT", "");
    assert_eq!(telemetry(&empty), telemetry(&without_traces));
    let database = DatabaseConfig::from_environment(&example).unwrap();
    let default = DatabaseConfig::with_url(database.url.clone(), &empty).unwrap();
    assert_eq!(
        (database.pool_size, database.statement_timeout),
        (default.pool_size, default.statement_timeout)
    );
    let auth = AuthConfig::from_environment(&example).unwrap();
    assert_eq!(
        (auth.issuer.as_str(), auth.audience.as_str()),
        ("shadow-analytics", "shadow-analytics")
    );
}

#[test]
fn each_variable_is_in_the_example_and_in_a_comment_of_the_code() {
    let sources = [
        include_str!("auth.rs"),
        include_str!("database.rs"),
        include_str!("deployment.rs"),
        include_str!("gateway.rs"),
        include_str!("jobs.rs"),
        include_str!("redis.rs"),
        include_str!("retention.rs"),
        include_str!("server.rs"),
        include_str!("telemetry.rs"),
    ]
    .concat();
    let documented: std::collections::BTreeSet<&str> = sources
        .lines()
        .filter(|line| line.trim_start().starts_with("///"))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter(|word| {
            word.ends_with("_URL") || word.starts_with("SHADOW_") || word.starts_with("OTEL_")
        })
        .collect();
    assert!(documented.len() > 15, "{documented:?}");
    for name in &documented {
        assert!(
            EXAMPLE.contains(&format!("{name}=")),
            "{name} is missing in .env.example"
        );
    }
    for line in EXAMPLE.lines() {
        let Some((name, _)) = line.trim_start_matches('#').trim().split_once('=') else {
            continue;
        };
        if !name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
        {
            continue;
        }
        let name = name.trim_end_matches("_FILE");
        let known = OF_COMMANDS.contains(&name)
            || documented.contains(name)
            || documented.contains(format!("{name}_FILE").as_str());
        assert!(known, "{name} is in .env.example and in no comment");
    }
}

#[test]
fn a_lease_that_is_too_short_to_be_kept_is_refused() {
    let lease = |text| JobsConfig::from_environment(&environment(&[("SHADOW_JOB_LEASE", text)]));
    assert_eq!(lease("100ms").unwrap().lease.as_millis(), 100);
    let said = lease("99ms").unwrap_err().to_string();
    assert!(
        said.contains("SHADOW_JOB_LEASE") && said.contains("100ms"),
        "{said}"
    );
}

#[test]
fn facts_are_kept_for_ever_or_for_more_than_a_month() {
    let facts =
        |text| RetentionConfig::from_environment(&environment(&[("SHADOW_RETENTION_FACTS", text)]));
    assert_eq!(facts("forever").unwrap().facts, None);
    let year = facts("365d").unwrap().facts.unwrap();
    assert_eq!(year.as_secs(), 365 * 86_400);
    assert!(facts("32d").is_ok());
    for refused in ["31d", "36501d", "400", "0d", "-40d", "12h", "never"] {
        let said = facts(refused).unwrap_err().to_string();
        assert!(
            said.contains("SHADOW_RETENTION_FACTS") && said.contains("32d"),
            "{said}"
        );
    }
}

#[test]
fn production_refuses_a_development_secret() {
    let secret = format!("{DEVELOPMENT_PREFIX}0123456789abcdef0123456789abcdef");
    let development = environment(&[("SHADOW_AUTH_SECRET", &secret)]);
    assert_eq!(
        AuthConfig::from_environment(&development)
            .unwrap()
            .secret
            .unwrap()
            .expose_secret(),
        secret
    );
    let production = development.with("SHADOW_DEPLOYMENT", "production");
    let error = AuthConfig::from_environment(&production).unwrap_err();
    assert_eq!(error.variable, "SHADOW_AUTH_SECRET");
    assert!(!error.to_string().contains(&secret));
    let own = production.with("SHADOW_AUTH_SECRET", "kq3w9v7x0123456789abcdef01234567");
    assert!(AuthConfig::from_environment(&own).is_ok());
}

#[test]
fn what_is_needed_is_asked_for_by_name() {
    let empty = Environment::default();
    assert_eq!(
        DatabaseConfig::from_environment(&empty)
            .unwrap_err()
            .variable,
        "DATABASE_URL"
    );
    assert_eq!(
        AuthConfig::from_environment(&empty).unwrap_err().variable,
        "SHADOW_AUTH_SECRET"
    );
    assert!(RedisConfig::from_environment(&empty).unwrap().url.is_none());
}

#[test]
fn values_that_make_no_sense_are_refused_by_name() {
    for (name, value) in [
        ("SHADOW_LISTEN", "50051"),
        ("SHADOW_METRICS_LISTEN", "localhost:1"),
        ("SHADOW_DRAIN_DEADLINE", "soon"),
        ("SHADOW_MAX_REQUESTS", "0"),
    ] {
        assert_eq!(
            ServerConfig::from_environment(&environment(&[(name, value)]))
                .unwrap_err()
                .variable,
            name
        );
    }
    for (name, value) in [
        ("SHADOW_HOST", "somewhere"),
        ("SHADOW_PORT", "70000"),
        ("SHADOW_PUBLIC_ORIGINS", "http://analytics.example.com"),
        ("SHADOW_DEMO_SIGN_IN", "1"),
        ("SHADOW_DEPLOYMENT", "live"),
    ] {
        let environment = environment(&[("SHADOW_DEMO_SIGN_IN", "true"), (name, value)]);
        assert_eq!(
            GatewayConfig::from_environment(&environment)
                .unwrap_err()
                .variable,
            name
        );
    }
    for value in ["0", "1001", "-1", "many"] {
        let environment = environment(&[
            ("DATABASE_URL", "postgres://"),
            ("SHADOW_DATABASE_POOL_SIZE", value),
        ]);
        let error = DatabaseConfig::from_environment(&environment).unwrap_err();
        assert_eq!(error.variable, "SHADOW_DATABASE_POOL_SIZE");
    }
}
