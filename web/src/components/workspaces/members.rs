//! Members of a workspace with what they did lately.

use shadow_proto::metrics::v1::WorkspaceMember;
use yew::prelude::*;

use crate::{components::ui::Badge, format, scales};

/// Days over which active days are counted.
const DAYS: f64 = 28.0;

/// Properties of [`Members`].
#[derive(Properties, PartialEq)]
pub struct MembersProps {
    /// Those with the most active days first.
    pub members: Vec<WorkspaceMember>,
    /// How many are not listed.
    #[prop_or_default]
    pub left_out: u32,
}

/// Members of a workspace.
#[component]
pub fn Members(props: &MembersProps) -> Html {
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ "Members" }</h2>
                    <p class="panel__note">{ "active on a day: an execution of their own, or anything done on the platform" }</p>
                </div>
            </header>
            if props.members.is_empty() {
                <p class="panel__note parts__note">{ "Nobody is a member. Events of the directory, or shadow membership, make somebody one." }</p>
            } else {
                <div class="table-scroll" tabindex="0" role="region" aria-label="Members">
                    <table class="table">
                        <caption class="only-read">{ "Members" }</caption>
                        <thead>
                            <tr>
                                <th scope="col">{ "Member" }</th>
                                <th scope="col">{ "Role" }</th>
                                <th scope="col" class="number">{ "Active days of 28" }</th>
                                <th scope="col">{ "Last 7 days" }</th>
                            </tr>
                        </thead>
                        <tbody>{ for props.members.iter().map(row) }</tbody>
                    </table>
                </div>
            }
            if props.left_out > 0 {
                <p class="panel__note parts__note">{ format!("{} members with the fewest active days are not listed.", format::count(props.left_out.into())) }</p>
            }
        </section>
    }
}

fn row(member: &WorkspaceMember) -> Html {
    let days = f64::from(member.active_days);
    html! {
        <tr key={member.user_id.clone()}>
            <th scope="row" class="top__name"><span title={member.user_id.clone()}>{ &member.name }</span></th>
            <td>{ &member.role }</td>
            <td class="number">
                { member.active_days }
                <svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                    <rect width={format!("{:.1}", scales::share(Some(days), DAYS))} height="4" />
                </svg>
            </td>
            <td>
                if member.active_lately {
                    <Badge tone={crate::components::ui::BadgeTone::Good}>{ "Active" }</Badge>
                } else {
                    <Badge>{ "Not active" }</Badge>
                }
            </td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn a_member_has_a_role_and_active_days() {
        let html = rendering::signed_in("/workspaces/w1", || {
            let members = vec![WorkspaceMember {
                user_id: "u-1".to_owned(),
                name: "Olivia".to_owned(),
                role: "owner".to_owned(),
                active_days: 14,
                active_lately: true,
            }];
            html! { <Members {members} left_out=3 /> }
        })
        .await;
        for text in [
            "Olivia",
            "owner",
            r#"<rect width="50.0""#,
            "Active",
            "3 members",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        let html = rendering::signed_in(
            "/workspaces/w1",
            || html! { <Members members={Vec::new()} /> },
        )
        .await;
        assert!(html.contains("Nobody is a member"), "{html}");
    }
}
