//! What boards of workspaces, the page of one, and comparisons are made of.

use std::rc::Rc;

use shadow_proto::{
    common::v1::Money,
    metrics::v1::{
        CompareResponse, ComparedMetric, ComparedValue, CreditRunway, HealthBand, HealthPoint,
        Interval, SignificanceMethod, Value, Verdict, WorkspaceBill, WorkspaceHealth,
        WorkspaceList, WorkspaceMember, WorkspaceStanding, WorkspaceSubscription, value::Number,
    },
};
use yew::prelude::*;

use super::specimen;
use crate::{
    components::{
        side_by_side::Comparison,
        ui::Kinds,
        workspaces::{HealthBadge, HealthHistory, HealthParts, Members, Standing},
    },
    state::query::timestamp,
    zone::Zone,
};

/// What they are made of.
pub(super) fn specimens() -> Html {
    let zone = Zone::utc();
    let bands = [
        ("healthy", 91.0, HealthBand::Healthy),
        ("fair", 66.0, HealthBand::Fair),
        ("weak", 47.0, HealthBand::Weak),
        ("critical", 38.0, HealthBand::Critical),
    ];
    let badges = bands.map(|(name, score, band)| {
        let health = health(Some(score), Some(band));
        (name, html! { <HealthBadge {health} /> })
    });
    let unknown = WorkspaceHealth::default();
    html! {
        <>
            { specimen("Health", badges.into_iter().chain([("unknown", html! { <HealthBadge health={unknown} /> })])) }
            { specimen("Parts of a health", [("one is unknown", html! { <HealthParts health={health(Some(66.0), Some(HealthBand::Fair))} /> })]) }
            { specimen("How a workspace stands", [("on a list", html! { <Standing standing={standing()} zone={zone.clone()} /> })]) }
            { specimen("Health over time", [("the last day is not over", html! { <HealthHistory history={history()} {zone} open=true /> })]) }
            { specimen("Members", [
                ("some", html! { <Members members={members()} left_out=3 /> }),
                ("none", html! { <Members members={Vec::new()} /> }),
            ]) }
            { specimen("Kinds", [("the second is seen", html! {
                <Kinds kinds={vec![("agents", "Agents"), ("users", "Users")]} current="users" />
            })]) }
            { specimen("Comparison", [("each verdict", html! {
                <Comparison response={Rc::new(compared())} names={["2.1", "2.2", "1.9", "2.0"].map(str::to_owned).to_vec()} catalogue={Rc::default()} />
            })]) }
        </>
    }
}

fn health(score: Option<f64>, band: Option<HealthBand>) -> WorkspaceHealth {
    WorkspaceHealth {
        score,
        band: band.map(i32::from),
        activity: Some(0.58),
        engagement: Some(0.4),
        efficiency: None,
        reliability: Some(0.94),
    }
}

fn standing() -> WorkspaceStanding {
    WorkspaceStanding {
        members: 19,
        active_members: 11,
        seats: Some(20),
        agents: 6,
        credit_balance_micro: 42_100_000_000,
        runway: Some(CreditRunway {
            days: 17.0,
            ..CreditRunway::default()
        }),
        bill: Some(WorkspaceBill {
            subscriptions: vec![WorkspaceSubscription {
                plan_id: "team".to_owned(),
                status: "active".to_owned(),
                quantity: 20,
                monthly: Some(Money {
                    currency: "USD".to_owned(),
                    micros: 480_000_000,
                }),
                period_ends_at: None,
                plan_name: Some("Team".to_owned()),
            }],
        }),
        lists: vec![WorkspaceList::ReadyToExpand.into()],
        ..WorkspaceStanding::default()
    }
}

fn history() -> Vec<HealthPoint> {
    let day = |day: i64| HealthPoint {
        time: Some(timestamp(
            chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_500 + day),
        )),
        health: Some(WorkspaceHealth {
            score: (day != 4).then_some(70.0 - (day % 5) as f64 * 3.0),
            ..health(None, None)
        }),
    };
    (0..14).map(day).collect()
}

fn members() -> Vec<WorkspaceMember> {
    let member = |name: &str, role: &str, active_days| WorkspaceMember {
        user_id: name.to_lowercase(),
        name: name.to_owned(),
        role: role.to_owned(),
        active_days,
        active_lately: active_days > 5,
    };
    vec![
        member("Olivia", "owner", 21),
        member("Marek", "member", 9),
        member("Vera", "viewer", 0),
    ]
}

fn compared() -> CompareResponse {
    let value = |rate: f64, judged: Option<(Verdict, f64)>| ComparedValue {
        value: Some(Value {
            number: Some(Number::Real(rate)),
        }),
        difference: judged.map(|(_, difference)| difference),
        method: judged
            .map_or(SignificanceMethod::Unspecified, |_| {
                SignificanceMethod::Newcombe
            })
            .into(),
        difference_interval: judged.map(|(_, difference)| Interval {
            low: difference - 0.02,
            high: difference + 0.02,
        }),
        verdict: judged.map(|(verdict, _)| verdict.into()),
        ..ComparedValue::default()
    };
    CompareResponse {
        metrics: vec![ComparedMetric {
            metric: "success_rate".to_owned(),
            values: vec![
                value(0.9, None),
                value(0.95, Some((Verdict::Better, 0.05))),
                value(0.82, Some((Verdict::Worse, -0.08))),
                value(0.91, Some((Verdict::NotDistinguishable, 0.01))),
            ],
        }],
        ..CompareResponse::default()
    }
}
