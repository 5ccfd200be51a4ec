//! What the executive page is made of.

use std::rc::Rc;

use shadow_proto::metrics::v1::{
    ExecutiveDataHealth, ExecutiveWorkspace, GetExecutiveResponse, Mover, MoverAgent, MoverWhy,
    Movers,
};
use yew::prelude::*;

use super::specimen;
use crate::{
    components::executive::{BillAndCredits, HealthBanner, MoverTable},
    zone::Zone,
};

/// What it is made of.
pub(super) fn specimens() -> Html {
    let sound = ExecutiveDataHealth {
        checked_identities: 10,
        ..ExecutiveDataHealth::default()
    };
    let broken = ExecutiveDataHealth {
        broken_identities: 1,
        refused_events: 1_200,
        ..sound
    };
    let workspace = ExecutiveWorkspace {
        bill: Some(Default::default()),
        credit_balance_micro: 1_500_000_000,
        ..ExecutiveWorkspace::default()
    };
    let nothing = Rc::new(GetExecutiveResponse {
        movers: Some(Movers::default()),
        ..GetExecutiveResponse::default()
    });
    html! {
        <>
            { specimen("How the data is", [
                ("sound", html! { <HealthBanner health={sound} /> }),
                ("not sound", html! { <HealthBanner health={broken} /> }),
                ("not checked", html! { <HealthBanner health={ExecutiveDataHealth::default()} /> }),
            ]) }
            { specimen("Movers", [
                ("some", html! { <MoverTable response={Rc::new(moved())} as_of="21:00:00" /> }),
                ("none", html! { <MoverTable response={nothing} as_of="21:00:00" /> }),
            ]) }
            { specimen("Bill and credits", [("pays nothing", html! { <BillAndCredits {workspace} zone={Zone::utc()} /> })]) }
        </>
    }
}

fn moved() -> GetExecutiveResponse {
    let mover = |name: &str, executions: u64, previous: u64, users: i64| {
        let change = executions as i64 - previous as i64;
        Mover {
            workspace_id: "0192f0c1-2222-7333-8444-555566667777".to_owned(),
            name: name.to_owned(),
            executions,
            previous_executions: previous,
            change,
            active_users: Some(12),
            previous_active_users: Some(9),
            why: Some(MoverWhy {
                users_change: users,
                per_user_change: change - users,
            }),
            leading: Some(MoverAgent {
                agent_id: "reader".to_owned(),
                name: "Invoice reader".to_owned(),
                change,
            }),
            ..Mover::default()
        }
    };
    let others = Mover {
        why: None,
        leading: None,
        ..mover("", 900, 880, 0)
    };
    GetExecutiveResponse {
        movers: Some(Movers {
            total: Some(mover("", 1_500, 1_380, 90)),
            movers: vec![
                mover("Aurora Labs", 400, 240, 120),
                mover("Borealis", 200, 260, -10),
            ],
            others: Some(others),
            other_subjects: 38,
        }),
        active_workspaces: Some(38),
        ..GetExecutiveResponse::default()
    }
}
