//! Erasing a person: what was done stays in the numbers, and who did it becomes a pseudonym.

use uuid::Uuid;

/// What begins every pseudonym.
const PREFIX: &str = "erased-";

/// Somebody asks that a person be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The person.
    pub user_id: String,
    /// Who asks: the subject of the token or key.
    pub requested_by: String,
}

impl Erasure {
    /// The first field whose content differs. Who asks is no part of what is asked.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        (self.user_id != other.user_id).then_some("user_id")
    }
}

/// What an erased person is called. The same person always gets the same, so that the person still counts once; without the
/// id and the salt, which is random and of one installation, nobody can tell whose it is.
pub fn pseudonym(salt: Uuid, user_id: &str) -> String {
    format!("{PREFIX}{}", Uuid::new_v5(&salt, user_id.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_of_one_person_and_one_installation() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let ada = pseudonym(one, "ada");
        assert_eq!(ada, pseudonym(one, "ada"));
        assert_ne!(ada, pseudonym(one, "bob"));
        assert_ne!(ada, pseudonym(other, "ada"));
        assert!(ada.starts_with(PREFIX) && !ada.contains("ada"));
    }
}
