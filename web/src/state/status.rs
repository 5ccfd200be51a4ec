//! Statuses of executions, as words in the address.

use shadow_proto::streaming::v1::ExecutionStatus;

/// The word of a status in the address.
pub fn status_id(status: ExecutionStatus) -> &'static str {
    match status {
        ExecutionStatus::Queued => "queued",
        ExecutionStatus::Running => "running",
        ExecutionStatus::Completed => "completed",
        ExecutionStatus::Failed => "failed",
        ExecutionStatus::Cancelled => "cancelled",
        ExecutionStatus::TimedOut => "timed_out",
        ExecutionStatus::Unknown | ExecutionStatus::Unspecified => "unknown",
    }
}

/// Whether an execution of this status has come to its end.
pub fn is_over(status: ExecutionStatus) -> bool {
    !matches!(
        status,
        ExecutionStatus::Queued | ExecutionStatus::Running | ExecutionStatus::Unspecified
    )
}

/// Every status, in the order in which it is offered.
pub const STATUSES: [ExecutionStatus; 7] = [
    ExecutionStatus::Queued,
    ExecutionStatus::Running,
    ExecutionStatus::Completed,
    ExecutionStatus::Failed,
    ExecutionStatus::TimedOut,
    ExecutionStatus::Cancelled,
    ExecutionStatus::Unknown,
];

/// Reads the word of a status.
pub fn parse_status(id: &str) -> Option<ExecutionStatus> {
    STATUSES.into_iter().find(|status| status_id(*status) == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_statuses_are_read_again() {
        for status in STATUSES {
            assert_eq!(parse_status(status_id(status)), Some(status));
        }
        assert_eq!(parse_status("sleeping"), None);
    }
}
