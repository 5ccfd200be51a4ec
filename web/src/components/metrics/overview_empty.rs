//! What a page of metrics shows where nothing was counted: how to get data, or where there is some.

use chrono::{DateTime, Utc};
use yew::prelude::*;

use crate::{
    components::ui::{Button, IMPORT_COMMAND, Notice, NoticeKind},
    format,
    navigation::use_place,
    state::{
        range::{Preset, Span},
        view::View,
    },
    zone::Zone,
};

/// Properties of [`OverviewEmpty`].
#[derive(Properties, PartialEq)]
pub struct OverviewEmptyProps {
    /// The latest event of the scope, where there is one.
    pub last_event: Option<DateTime<Utc>>,
    /// The zone of the page.
    pub zone: Zone,
    /// What there is nothing of, where there are events.
    #[prop_or("No executions in this range")]
    pub title: &'static str,
}

/// Nothing was counted.
#[component]
pub fn OverviewEmpty(props: &OverviewEmptyProps) -> Html {
    let place = use_place();
    let Some(last) = props.last_event else {
        return html! { <NoData /> };
    };
    let longest = Callback::from(move |_| {
        place.show(View {
            span: Span::Preset(Preset::All),
            ..place.view.from_the_start()
        });
    });
    html! {
        <Notice kind={NoticeKind::Empty} title={props.title}>
            <p>{ format!("The latest event here is of {}.", format::moment(last, &*props.zone)) }</p>
            <Button onclick={longest}>{ "Show all time" }</Button>
        </Notice>
    }
}

/// There is no data at all.
#[component]
fn NoData() -> Html {
    html! {
        <Notice kind={NoticeKind::Empty} title="No executions yet">
            <p>{ "Publish events over gRPC, or import a file:" }</p>
            <pre class="command"><code>{ IMPORT_COMMAND }</code></pre>
            <p>{ "They appear here a moment after they are stored." }</p>
        </Notice>
    }
}

#[cfg(test)]
mod tests {
    use crate::{rendering, zone::Zone};

    use super::*;

    #[tokio::test]
    async fn it_tells_how_to_get_data() {
        let html = rendering::signed_in("/executive", || {
            html! { <OverviewEmpty last_event={None} zone={Zone::utc()} /> }
        })
        .await;
        assert!(html.contains("shadow import"), "{html}");
    }

    #[tokio::test]
    async fn it_says_where_the_data_is() {
        let html = rendering::signed_in("/executive", || {
            let last = Some("2023-11-16T18:15:46Z".parse().unwrap());
            html! { <OverviewEmpty last_event={last} zone={Zone::utc()} /> }
        })
        .await;
        assert!(
            html.contains("16 Nov 2023, 18:15:46") && html.contains("Show all time"),
            "{html}"
        );
    }
}
