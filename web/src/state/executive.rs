//! What an executive asks first: what is asked for, and what is read in the answer.

use std::rc::Rc;

use chrono::{DateTime, Utc};
use prost_types::Duration;
use shadow_proto::metrics::v1::{
    Direction, ExecutiveDataHealth, ExecutiveRevenue, GetExecutiveRequest, GetExecutiveResponse,
    Mover, Unit,
};

use super::{
    answer::Trend,
    query::{self, Question},
    view::Compare,
};
use crate::{catalogue::Definition, format};

/// How many movers are shown.
const MOVERS: u32 = 6;

/// Asks about the question's workspace, or about every one that the person may see.
pub fn request(question: &Question) -> GetExecutiveRequest {
    GetExecutiveRequest {
        range: Some(question.time_range()),
        workspace_ids: question.workspace.iter().cloned().collect(),
        comparison: query::comparison(question.compare).map(i32::from),
        limit: MOVERS,
        max_staleness: Some(Duration {
            seconds: 1,
            nanos: 0,
        }),
    }
}

/// The revenue that is shown: of the currency in which most customers pay.
pub fn revenue(response: &GetExecutiveResponse) -> Option<&ExecutiveRevenue> {
    let customers =
        |of: &ExecutiveRevenue| of.months.last().map_or(0, |month| month.paying_customers);
    // Of equals the first.
    response.revenue.iter().rev().max_by_key(|of| customers(of))
}

/// What is left of each month's income, and how that came along.
pub fn margin(revenue: &ExecutiveRevenue, compare: Compare) -> Trend {
    let values: Vec<Option<f64>> = revenue.margins.iter().map(|of| of.margin).collect();
    let back = match compare {
        Compare::Previous => Some(1),
        Compare::Year => Some(12),
        Compare::Off => None,
    };
    let total = values.last().copied().flatten();
    let before = back.and_then(|back| values.len().checked_sub(1 + back));
    let previous = before.and_then(|at| values[at]);
    Trend {
        total,
        previous,
        change: total.zip(previous).map(|(now, before)| now - before),
        values,
        ..Trend::default()
    }
}

/// What the margin means.
pub fn margin_definition(version: u32) -> Rc<Definition> {
    definition(
        version,
        "margin",
        "Margin",
        "What is left of the month's income after what providers took. Absent where costs or revenue are in more than one currency.",
        "(income − provider cost) ÷ income; income = Σ MRR × the part of the month for which it was paid",
        Unit::Ratio,
    )
}

/// How many workspaces did anything.
pub fn active_workspaces(response: &GetExecutiveResponse, compare: Compare) -> Option<Trend> {
    let now = response.active_workspaces? as f64;
    let previous = response
        .previous_active_workspaces
        .filter(|_| compare != Compare::Off)
        .map(|count| count as f64);
    Some(Trend {
        total: Some(now),
        previous,
        change: previous
            .filter(|before| *before > 0.0)
            .map(|before| (now - before) / before),
        ..Trend::default()
    })
}

/// What active workspaces means.
pub fn active_workspaces_definition(version: u32) -> Rc<Definition> {
    definition(
        version,
        "active_workspaces",
        "Active workspaces",
        "Workspaces that had an active user or an execution that was opened in the range.",
        "count(workspaces with active users > 0 or executions > 0)",
        Unit::Count,
    )
}

/// What the columns of movers mean: the change, and the two parts that add up to it.
pub fn parts(version: u32) -> [Rc<Definition>; 3] {
    [
        definition(
            version,
            "moved",
            "Change",
            "Executions that were opened in the range, less those of the compared period.",
            "executions − executions before",
            Unit::Count,
        ),
        definition(
            version,
            "moved_by_users",
            "By users",
            "The part of the change that is by more or fewer active users, each doing as much as in the middle of both periods.",
            "(users − users before) × (executions per user + the same before) ÷ 2",
            Unit::Count,
        ),
        definition(
            version,
            "moved_per_user",
            "By each user",
            "The part of the change that is by more or fewer executions of each active user. By users + by each user = change.",
            "change − by users",
            Unit::Count,
        ),
    ]
}

fn definition(
    version: u32,
    id: &'static str,
    name: &'static str,
    meaning: &'static str,
    formula: &'static str,
    unit: Unit,
) -> Rc<Definition> {
    Rc::new(Definition {
        id: id.into(),
        name: name.into(),
        meaning: meaning.into(),
        formula: formula.into(),
        unit,
        direction: Direction::UpIsGood,
        relative_error: 0.0,
        version,
    })
}

/// A change with its sign.
pub fn signed(change: i64) -> String {
    let sign = if change > 0 { "+" } else { "" };
    format!("{sign}{}", format::exact(Unit::Count, Some(change as f64))).replace('-', "−")
}

/// Why a mover moved, in a few words: what made most of the change, the agent that leads it, and failures where they did.
pub fn why(mover: &Mover) -> String {
    let mut words = vec![by_what(mover)];
    if let Some(leading) = &mover.leading {
        words.push(format!("{} {}", leading.name, signed(leading.change)));
    }
    if let Some(of) = &mover.outcomes {
        let failures = of.failed_change + of.timed_out_change;
        // Where failures are at least half of what moved, they are the story.
        if failures != 0
            && failures.signum() == mover.change.signum()
            && failures.saturating_mul(2).abs() >= mover.change.abs()
        {
            words.push(format!("{} failed", signed(failures)));
        }
    }
    words.join(" · ")
}

fn by_what(mover: &Mover) -> String {
    let (now, before) = (
        mover.active_users.unwrap_or_default(),
        mover.previous_active_users.unwrap_or_default(),
    );
    if mover.previous_executions == 0 {
        return "began".to_owned();
    }
    if mover.executions == 0 {
        return "stopped".to_owned();
    }
    let Some(why) = &mover.why else {
        return "runs without users".to_owned();
    };
    let each = |executions: u64, users: u64| {
        format::exact(Unit::Count, Some(executions as f64 / users.max(1) as f64))
    };
    if why.users_change.abs() >= why.per_user_change.abs() {
        let (less, count) = (now < before, format::count(now));
        let more = if less { "fewer users" } else { "more users" };
        format!("{more}: {count}, before {}", format::count(before))
    } else {
        let less = why.per_user_change < 0;
        let more = if less { "less" } else { "more" };
        format!(
            "{more} by each user: {}, before {}",
            each(mover.executions, now),
            each(mover.previous_executions, before)
        )
    }
}

/// What was checked or came so long ago is worth a word: each workspace has its turn within a day.
const LONG_AGO: i64 = 86_400;

/// How the data is, in a sentence or some, and whether all is well.
pub fn health(of: &ExecutiveDataHealth, now: DateTime<Utc>) -> (bool, String) {
    let many = |count: u64, one: &str, many: &str| {
        format!(
            "{} {}",
            format::count(count),
            if count == 1 { one } else { many }
        )
    };
    let mut wrong = Vec::new();
    if of.broken_identities > 0 {
        let text = many(
            of.broken_identities.into(),
            "identity does",
            "identities do",
        );
        wrong.push(format!("{text} not hold"));
    }
    if of.repaired_pages > 0 {
        let text = many(of.repaired_pages, "page was", "pages were");
        wrong.push(format!("{text} put right"));
    }
    if of.refused_events > 0 {
        let text = many(of.refused_events, "event was", "events were");
        wrong.push(format!("{text} refused"));
    }
    let mut sentences = Vec::new();
    if !wrong.is_empty() {
        sentences.push(format!("In 7 days {}", wrong.join(", ")));
    }
    for (what, at) in [
        ("The last check was", &of.last_check_time),
        ("The latest event was", &of.last_event_time),
    ] {
        let seconds = at.as_ref().map_or(0, |at| now.timestamp() - at.seconds);
        if seconds > LONG_AGO {
            sentences.push(format!("{what} {}", format::age(seconds)));
        }
    }
    let sound = sentences.is_empty();
    if of.checked_identities == 0 {
        sentences.push("Nothing was checked in 7 days".to_owned());
    } else if sound {
        let text = many(
            of.checked_identities.into(),
            "identity holds",
            "identities hold",
        );
        sentences.push(format!("The data is sound: {text}, no event was refused"));
    }
    (sound, sentences.join(". "))
}

#[cfg(test)]
pub(crate) mod tests;
