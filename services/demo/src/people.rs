//! The people: 200 of them, each at home in one workspace, some guests in another.

use crate::random::Random;

const FIRST: [&str; 40] = [
    "Ada", "Amir", "Anouk", "Aroha", "Bruno", "Carmen", "Chidi", "Dara", "Elif", "Emil", "Farah",
    "Felix", "Grace", "Hana", "Hugo", "Ines", "Ivan", "Jonas", "Kaia", "Kofi", "Lars", "Leila",
    "Lin", "Mara", "Mateo", "Mina", "Nadia", "Noor", "Olga", "Omar", "Priya", "Rafael", "Rosa",
    "Sami", "Sofia", "Tariq", "Theo", "Wanjiru", "Yara", "Yuki",
];
const LAST: [&str; 37] = [
    "Abbott",
    "Almeida",
    "Bakker",
    "Banerjee",
    "Bergström",
    "Castillo",
    "Chen",
    "Dlamini",
    "Eriksen",
    "Farouk",
    "Fischer",
    "Garcia",
    "Haddad",
    "Hoffmann",
    "Iyer",
    "Jansen",
    "Kamau",
    "Kimura",
    "Kowalski",
    "Larsen",
    "Levi",
    "Lindqvist",
    "Marino",
    "Mbeki",
    "Moreau",
    "Nakamura",
    "Novak",
    "Okafor",
    "Petrov",
    "Quinn",
    "Rossi",
    "Sato",
    "Silva",
    "Tanaka",
    "Virtanen",
    "Weber",
    "Yilmaz",
];

/// What a person may do in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Owner,
    Admin,
    Member,
    Viewer,
}

impl Role {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Viewer => "viewer",
        }
    }
}

/// A person in a workspace.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    /// How likely they are to start something on a working day.
    pub(crate) presence: f64,
    /// How much they start then, against the others.
    pub(crate) weight: f64,
}

impl Person {
    /// The person of a number, who has an address at a workspace's domain.
    pub(crate) fn new(seed: u64, number: usize, domain: &str, role: Role) -> Self {
        let mut random = Random::new(seed, [2, number as i64, 0]);
        // 40 and 37 have no common divisor: the pair repeats after 1,480 people.
        let (first, last) = (FIRST[number * 7 % 40], LAST[number * 11 % 37]);
        let ascii = last.replace('ö', "o");
        Self {
            id: format!("{first}.{ascii}@{domain}.example").to_lowercase(),
            name: format!("{first} {last}"),
            role,
            presence: if role == Role::Viewer {
                0.03
            } else {
                random.between(0.08, 0.92)
            },
            weight: random.lognormal(1.0, 0.8),
        }
    }

    /// One of the people whom a visitor can sign in as.
    pub(crate) fn visitor(id: &str, name: &str, role: Role) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            role,
            presence: if role == Role::Viewer { 0.0 } else { 0.6 },
            weight: 1.0,
        }
    }
}
