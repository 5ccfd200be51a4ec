//! The small parts.

use yew::prelude::*;

use super::specimen;
use crate::{
    components::{
        metrics::OverviewSkeleton,
        ui::{
            Badge, BadgeTone, Button, ButtonKind, Icon, Menu, MenuItem, Notice, NoticeKind,
            NoticeProps, Select, Skeleton, Symbol,
        },
    },
    state::failure::Failure,
};

/// The small parts.
pub(super) fn specimens() -> Html {
    html! {
        <>
            { buttons() }
            { choices() }
            { badges() }
            { icons() }
            { notices() }
            { skeletons() }
        </>
    }
}

fn buttons() -> Html {
    specimen(
        "Button",
        [
            ("plain", html! { <Button>{ "Try again" }</Button> }),
            (
                "primary",
                html! { <Button kind={ButtonKind::Primary}>{ "Sign in" }</Button> },
            ),
            (
                "quiet",
                html! { <Button kind={ButtonKind::Quiet}>{ "Clear filters" }</Button> },
            ),
            (
                "with an icon",
                html! { <Button symbol={Symbol::Pause} pressed={false}>{ "Pause" }</Button> },
            ),
            (
                "an icon only",
                html! { <Button kind={ButtonKind::Quiet} symbol={Symbol::Close} label="Close" /> },
            ),
            (
                "disabled",
                html! { <Button kind={ButtonKind::Primary} disabled=true>{ "Sign in" }</Button> },
            ),
        ],
    )
}

fn choices() -> Html {
    const MENU: &str = "specimen-menu";
    let options: Vec<(AttrValue, AttrValue)> = [("failed", "Failed"), ("completed", "Completed")]
        .map(|(id, text)| (id.into(), text.into()))
        .to_vec();
    let select = |label: &'static str, value: Option<&'static str>| {
        html! { <Select {label} name={label} options={options.clone()} value={value.map(AttrValue::from)} onchange={Callback::noop()} /> }
    };
    specimen(
        "Choice",
        [
            (
                "a menu",
                html! {
                    <Menu id={MENU} label="Fruit" symbol={Symbol::Calendar} button={html! { "Apples" }}>
                        <MenuItem menu={MENU} chosen=true onclick={Callback::noop()}>{ "Apples" }</MenuItem>
                        <MenuItem menu={MENU} onclick={Callback::noop()}>{ "Pears" }</MenuItem>
                    </Menu>
                },
            ),
            ("any", select("Status", None)),
            ("chosen", select("Outcome", Some("failed"))),
        ],
    )
}

fn badges() -> Html {
    let badge = |tone, text: &'static str| html! { <Badge {tone}>{ text }</Badge> };
    specimen(
        "Badge",
        [
            ("neutral", badge(BadgeTone::Neutral, "Queued")),
            ("active", badge(BadgeTone::Active, "Running")),
            ("good", badge(BadgeTone::Good, "Completed")),
            ("warning", badge(BadgeTone::Warning, "Timed out")),
            ("bad", badge(BadgeTone::Bad, "Failed")),
        ],
    )
}

fn icons() -> Html {
    let icons = html! {
        { for Symbol::ALL.into_iter().map(|symbol| html! { <Icon {symbol} /> }) }
    };
    specimen("Icon", [("all", icons)])
}

fn notices() -> Html {
    let failed = NoticeProps::failed(&Failure::Unavailable, Callback::noop());
    let forbidden = NoticeProps::failed(&Failure::Forbidden, Callback::noop());
    let empty = html! {
        <Notice kind={NoticeKind::Empty} title="Waiting for the first execution">
            <p>{ "It appears here a moment after it is stored." }</p>
        </Notice>
    };
    specimen(
        "Notice",
        [
            ("empty", empty),
            ("may pass", html! { <Notice ..failed /> }),
            ("will not pass", html! { <Notice ..forbidden /> }),
            (
                "beside what is shown",
                html! { <p class="banner">{ "The connection broke." }<Button>{ "Connect now" }</Button></p> },
            ),
            (
                "a refusal",
                html! { <p class="banner banner--error">{ "This token was not accepted." }</p> },
            ),
        ],
    )
}

fn skeletons() -> Html {
    specimen(
        "Skeleton",
        [
            (
                "of rows",
                html! { <div>{ for (0..3).map(|_| html! { <Skeleton class="skeleton--row" /> }) }</div> },
            ),
            ("of a page", html! { <OverviewSkeleton /> }),
        ],
    )
}
