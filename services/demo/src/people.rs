//! The people: each at home in one workspace, some guests in another; some stay, some lose interest, some come back.

use crate::calendar::LAST_DAY;
use crate::random::Random;

const FIRST: [&str; 40] = [
    "Ada", "Amir", "Anouk", "Aroha", "Bruno", "Carmen", "Chidi", "Dara", "Elif", "Emil", "Farah",
    "Felix", "Grace", "Hana", "Hugo", "Ines", "Ivan", "Jonas", "Kaia", "Kofi", "Lars", "Leila",
    "Lin", "Mara", "Mateo", "Mina", "Nadia", "Noor", "Olga", "Omar", "Priya", "Rafael", "Rosa",
    "Sami", "Sofia", "Tariq", "Theo", "Wanjiru", "Yara", "Yuki",
];
const LAST: [&str; 51] = [
    "Abbott",
    "Almeida",
    "Arslan",
    "Bakker",
    "Banerjee",
    "Bergström",
    "Bianchi",
    "Castillo",
    "Chen",
    "Costa",
    "Dlamini",
    "Dubois",
    "Eriksen",
    "Farouk",
    "Fischer",
    "Fontaine",
    "Garcia",
    "Haddad",
    "Hoffmann",
    "Horvat",
    "Iyer",
    "Jansen",
    "Kamau",
    "Keller",
    "Kimura",
    "Kowalski",
    "Larsen",
    "Levi",
    "Lindqvist",
    "Marino",
    "Mbeki",
    "Molina",
    "Moreau",
    "Mwangi",
    "Nakamura",
    "Novak",
    "Okafor",
    "Ortega",
    "Petrov",
    "Popescu",
    "Quinn",
    "Rossi",
    "Sato",
    "Silva",
    "Suzuki",
    "Tanaka",
    "Tran",
    "Virtanen",
    "Weber",
    "Yilmaz",
    "Zimmer",
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

/// How a person's interest goes, in days since they joined.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Course {
    /// It stays.
    Steady,
    /// It halves in so many days.
    Fades(f64),
    /// It is over after so many days.
    Brief(i32),
    /// It rests from one day to another.
    Rests(i32, i32),
}

/// A person in a workspace.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    /// How likely they are to come on a working day.
    pub(crate) presence: f64,
    /// How much they start then, against the others.
    pub(crate) weight: f64,
    /// The day of the story on which they are there for the first time.
    pub(crate) joined: i32,
    course: Course,
}

impl Person {
    /// The person of a number, who has an address at a workspace's domain; the workspace was there from a day on.
    pub(crate) fn new(seed: u64, number: usize, domain: &str, role: Role, born: i32) -> Self {
        let mut random = Random::new(seed, [2, number as i64, 0]);
        // 40 and 51 have no common divisor: the pair repeats after 2,040 people.
        let (first, last) = (FIRST[number * 7 % 40], LAST[number * 11 % 51]);
        let ascii = last.replace('ö', "o");
        let presence = match role {
            Role::Viewer => random.between(0.02, 0.2),
            _ => random.between(0.15, 0.92),
        };
        let weight = random.lognormal(1.0, 0.8);
        Self {
            id: format!("{first}.{ascii}@{domain}.example").to_lowercase(),
            name: format!("{first} {last}"),
            role,
            presence,
            weight,
            joined: match role {
                Role::Owner => born,
                _ => joined(born, &mut random),
            },
            course: match role {
                Role::Owner => Course::Steady,
                _ => course(&mut random),
            },
        }
    }

    /// One of the people whom a visitor can sign in as.
    pub(crate) fn visitor(id: &str, name: &str, role: Role, born: i32) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            role,
            presence: if role == Role::Viewer { 0.0 } else { 0.6 },
            weight: 1.0,
            joined: born,
            course: Course::Steady,
        }
    }

    /// How likely they come on a working day of the story.
    pub(crate) fn presence(&self, day: i32) -> f64 {
        let age = day - self.joined;
        match age {
            ..0 => return 0.0,
            0 if self.presence > 0.0 => return 1.0,
            _ => {}
        }
        let interest = match self.course {
            Course::Steady => 1.0,
            Course::Fades(half) => libm::exp2(-f64::from(age) / half),
            Course::Brief(days) if age >= days => 0.0,
            Course::Rests(from, to) if (from..to).contains(&age) => 0.0,
            Course::Brief(_) | Course::Rests(..) => 1.0,
        };
        // What is new is looked at more.
        let curiosity = 1.0 + 0.8 * libm::exp(-f64::from(age) / 12.0);
        (self.presence * interest * curiosity).min(0.97)
    }
}

/// Half are there from the beginning, the others come with the time.
fn joined(born: i32, random: &mut Random) -> i32 {
    let first_weeks = random.chance(0.5);
    let last = if first_weeks { born + 21 } else { LAST_DAY };
    let last = last.min(LAST_DAY);
    born + random.below(usize::try_from(last - born).unwrap_or(0)) as i32
}

fn course(random: &mut Random) -> Course {
    match random.weighted([0.4, 0.26, 0.18, 0.16].into_iter()) {
        0 => Course::Steady,
        1 => Course::Fades(random.between(15.0, 80.0)),
        2 => Course::Brief(1 + random.below(20) as i32),
        _ => {
            let from = 20 + random.below(120) as i32;
            Course::Rests(from, from + 21 + random.below(70) as i32)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_comes_before_they_join_and_all_courses_are_taken() {
        let people: Vec<_> = (0..400)
            .map(|number| Person::new(7, number, "a", Role::Member, 100))
            .collect();
        for person in &people {
            assert_eq!(person.presence(person.joined - 1), 0.0);
            assert_eq!(person.presence(person.joined), 1.0);
            assert!((100..=LAST_DAY).contains(&person.joined));
        }
        // Fewer and fewer of those who joined come again, and not ever fewer: some come back.
        let left = |age: i32| -> f64 { people.iter().map(|p| p.presence(p.joined + age)).sum() };
        assert!(left(1) > left(30) && left(30) > left(90));
        assert!(left(300) > 0.25 * left(1));
        let rests = people.iter().any(|person| {
            let comes = |age| person.presence(person.joined + age) > 0.0;
            comes(19) && !comes(141) && comes(235)
        });
        assert!(rests, "nobody comes back");
    }
}
