//! Service keys: how programs, rather than people, say who they are.
//!
//! A key is `shk_<id>_<secret>`: a prefix that scanners for leaked secrets can look for, an id that is no secret, and 256
//! random bits. Only the secret's SHA-256 is kept. A slow hash would add nothing but work, on every request: it protects
//! passwords, which are guessed from a list, and there is no list of 2^256 secrets.

use std::collections::BTreeSet;
use std::fmt;

use aws_lc_rs::{constant_time, digest};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Permission, Viewer, Workspaces};

/// What every service key begins with, and no token does.
pub const PREFIX: &str = "shk_";

/// What the subject of every service key begins with, and that of no token: nobody can pass for a key in a log.
pub const SUBJECT_PREFIX: &str = "key:";

/// The longest name of a key.
pub const MAX_NAME_BYTES: usize = 128;
/// The most workspaces that a key can name; beyond it a key is for all of them.
pub const MAX_WORKSPACES: usize = 100;
/// The longest that a key can last, from when it is made.
pub const MAX_DAYS: i64 = 3_650;

const ID_CHARACTERS: usize = 32;
const SECRET_CHARACTERS: usize = 64;

/// A key as somebody shows it. It may be wrong.
#[derive(Clone, Copy)]
pub struct ShownKey<'a> {
    id: Uuid,
    secret: &'a str,
}

impl<'a> ShownKey<'a> {
    /// Reads a key. It has one length and one spelling; anything else is turned away before any work is done on it.
    pub fn parse(text: &'a str) -> Option<ShownKey<'a>> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let spelled = |part: &str, characters: usize| {
            part.len() == characters
                && part
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        if !spelled(id, ID_CHARACTERS) || !spelled(secret, SECRET_CHARACTERS) {
            return None;
        }
        Some(ShownKey {
            id: Uuid::try_parse(id).ok()?,
            secret,
        })
    }

    /// Which key it says it is.
    pub fn id(&self) -> Uuid {
        self.id
    }
}

impl fmt::Debug for ShownKey<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ShownKey({})", self.id)
    }
}

/// Spells a key out of its id and its random secret; with it comes the hash to keep.
pub fn spell(id: Uuid, secret: &[u8; 32]) -> (String, [u8; 32]) {
    let secret: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let hash = hash(&secret);
    (format!("{PREFIX}{}_{secret}", id.simple()), hash)
}

fn hash(secret: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, secret.as_bytes()).as_ref());
    hash
}

/// A key as it is kept: what it opens, and by which secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceKey {
    /// Its id.
    pub id: Uuid,
    /// What people call the program that holds it.
    pub name: String,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// Exactly what it may do.
    pub permissions: BTreeSet<Permission>,
    /// Where it may do that.
    pub workspaces: Workspaces,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl ServiceKey {
    /// Whether what is shown is this key, and it has not ended. How long it takes says nothing of the secret.
    pub fn opens(&self, shown: ShownKey<'_>, now: DateTime<Utc>) -> bool {
        let same = constant_time::verify_slices_are_equal(&hash(shown.secret), &self.hash).is_ok();
        same && shown.id == self.id && self.lasts(now)
    }

    /// Whether it has not ended.
    pub fn lasts(&self, now: DateTime<Utc>) -> bool {
        now < self.expires_at
    }

    /// Who holds it, with exactly what it allows.
    pub fn viewer(&self) -> Viewer {
        Viewer::granted(
            format!("{SUBJECT_PREFIX}{}", self.id),
            self.name.clone(),
            self.permissions.clone(),
            self.workspaces.clone(),
        )
    }
}

impl fmt::Debug for ServiceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ServiceKey({}, {:?})", self.id, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Denied;

    const ID: Uuid = Uuid::from_u128(0xabc);
    const ONE: Uuid = Uuid::from_u128(1);
    const TWO: Uuid = Uuid::from_u128(2);

    fn key(hash: [u8; 32], workspaces: Workspaces) -> ServiceKey {
        ServiceKey {
            id: ID,
            name: "producer".to_owned(),
            hash,
            permissions: [Permission::PublishEvents].into(),
            workspaces,
            expires_at: at(1000),
        }
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn only_its_own_secret_opens_a_key_and_only_until_it_ends() {
        let (text, hash) = spell(ID, &[7; 32]);
        let key = key(hash, Workspaces::All);
        let shown = ShownKey::parse(&text).unwrap();
        assert_eq!(shown.id(), ID);
        assert!(key.opens(shown, at(999)));
        assert!(!key.opens(shown, at(1000)));
        let (wrong, _) = spell(ID, &[8; 32]);
        assert!(!key.opens(ShownKey::parse(&wrong).unwrap(), at(0)));
        let (other, _) = spell(ONE, &[7; 32]);
        assert!(!key.opens(ShownKey::parse(&other).unwrap(), at(0)));
        assert!(!format!("{shown:?}{key:?}").contains("0707"));
    }

    #[test]
    fn a_key_has_one_spelling() {
        let (text, _) = spell(ID, &[0xab; 32]);
        assert!(ShownKey::parse(&text).is_some());
        for wrong in [
            String::new(),
            PREFIX.to_owned(),
            text.to_uppercase(),
            text.replace("ab", "AB"),
            text.replace("ab", "é"),
            format!("{text}0"),
            format!("{text} "),
            text[..text.len() - 1].to_owned(),
            text.replacen(PREFIX, "", 1),
            text.replacen("shk_", "shk-", 1),
            format!("{PREFIX}{ID}_{}", "0".repeat(64)),
        ] {
            assert!(ShownKey::parse(&wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_key_allows_exactly_what_it_names_exactly_there() {
        let one = key([0; 32], Workspaces::Some([ONE].into())).viewer();
        let publish = Permission::PublishEvents;
        assert_eq!(one.permissions_in(ONE), [publish].into());
        assert!(one.permissions_in(TWO).is_empty());
        assert!(one.platform_permissions().is_empty());
        assert!(one.has_somewhere(publish) && !one.has_somewhere(Permission::WatchEvents));
        let some = Workspaces::Some([ONE].into());
        assert_eq!(one.scope(publish, &[]).unwrap().workspaces(), &some);
        assert_eq!(one.visible().workspaces(), &some);
        assert_eq!(one.scope(publish, &[TWO]), Err(Denied::NotFound(TWO)));
        let watch = Permission::WatchEvents;
        assert_eq!(one.scope(watch, &[ONE]), Err(Denied::Missing(watch)));

        let all = key([0; 32], Workspaces::All).viewer();
        assert_eq!(all.permissions_in(TWO), [publish].into());
        assert_eq!(
            all.scope(publish, &[]).unwrap().workspaces(),
            &Workspaces::All
        );
        assert_eq!(all.visible().workspaces(), &Workspaces::All);
        assert_eq!(all.scope(watch, &[ONE]), Err(Denied::Missing(watch)));
        assert_eq!(
            (all.subject.as_str(), all.name.as_str()),
            ("key:00000000-0000-0000-0000-000000000abc", "producer")
        );
    }
}
