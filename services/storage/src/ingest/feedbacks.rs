//! TRANSITIONAL: to be written.

use super::facts::{Indexed, StoredFact};
use crate::Error;
use crate::database::Transaction;

pub(super) async fn store(
    _transaction: &mut Transaction,
    facts: &[Indexed<'_>],
) -> Result<Vec<StoredFact>, Error> {
    if facts.is_empty() {
        return Ok(Vec::new());
    }
    Err(Error::NotFound("way to store facts of this kind"))
}
