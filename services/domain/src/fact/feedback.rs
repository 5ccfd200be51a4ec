//! What a person said of an execution.

/// A rating.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// From 1, bad, to 5, good.
    pub rating: i16,
    /// In the person's words.
    pub comment: Option<String>,
    /// Who rated.
    pub user_id: Option<String>,
}
