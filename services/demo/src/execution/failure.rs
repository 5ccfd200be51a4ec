//! Why runs fail: messages that say the same again and again, with other numbers and ids in them.

use crate::models::Model;
use crate::random::Random;

/// What is the matter on the platform when a run fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing that concerns others.
    None,
    /// The provider of its model is down.
    Outage,
    /// Its version is a mistake.
    BadVersion,
    /// The index of documents is broken.
    BrokenIndex,
}

/// Kind and message; some programs tell neither.
pub(super) fn draw(
    trouble: Trouble,
    model: &Model,
    version: &str,
    random: &mut Random,
) -> (Option<String>, Option<String>) {
    let common = match trouble {
        Trouble::None => 0.0,
        Trouble::Outage | Trouble::BadVersion => 0.9,
        Trouble::BrokenIndex => 0.3,
    };
    let (kind, message) = match trouble {
        Trouble::Outage if random.chance(common) => (
            "provider_unavailable",
            format!("{} answered 503 Service Unavailable", model.provider),
        ),
        Trouble::BadVersion if random.chance(common) => (
            "agent_error",
            format!(
                "call {} was rejected: no handler for plan \"{version}\"",
                id(random)
            ),
        ),
        Trouble::BrokenIndex if random.chance(common) => (
            "storage_error",
            format!(
                "index shard {} is read-only since snapshot {}",
                random.below(16),
                id(random)
            ),
        ),
        _ => match usual(model, random) {
            Some(usual) => usual,
            None => return (None, None),
        },
    };
    (Some(kind.to_owned()), Some(message))
}

/// What happens on any day, the more frequent first.
fn usual(model: &Model, random: &mut Random) -> Option<(&'static str, String)> {
    const WEIGHTS: [f64; 12] = [
        0.2, 0.17, 0.13, 0.1, 0.09, 0.08, 0.06, 0.05, 0.04, 0.03, 0.02, 0.03,
    ];
    let number = random.below(90_000) + 10_000;
    Some(match random.weighted(WEIGHTS.into_iter()) {
        0 => (
            "tool_error",
            format!("tool \"lookup\" failed for record {number}: not found"),
        ),
        1 => (
            "rate_limited",
            format!(
                "{}: too many requests, retry after {} s",
                model.provider,
                number % 60
            ),
        ),
        2 => (
            "invalid_output",
            format!("the answer is no valid JSON at byte {}", number % 4_000),
        ),
        3 => (
            "context_length_exceeded",
            format!("{number} tokens are too many for {}", model.name),
        ),
        4 => (
            "permission_denied",
            format!("connection {number} may not read \"documents\""),
        ),
        5 => (
            "tool_error",
            format!("upstream answered 500 for request {}", id(random)),
        ),
        6 => (
            "invalid_output",
            format!("field \"total\" is missing in answer {}", id(random)),
        ),
        7 => (
            "connection_error",
            format!(
                "connection to database {} was reset after {number} ms",
                number % 9
            ),
        ),
        8 => (
            "content_filtered",
            format!(
                "answer {} was withheld by the provider's policy",
                id(random)
            ),
        ),
        9 => (
            "tool_error",
            format!("calendar of user {number} could not be locked"),
        ),
        10 => (
            "out_of_memory",
            format!(
                "document {number} needs {} MB, 512 MB are allowed",
                number % 4_000
            ),
        ),
        _ => return None,
    })
}

fn id(random: &mut Random) -> uuid::Uuid {
    let mut bytes = [0; 16];
    bytes[..10].copy_from_slice(&random.bytes());
    bytes[10..].copy_from_slice(&random.bytes()[..6]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
