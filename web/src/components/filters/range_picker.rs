//! The span of time and its zone.

use chrono::NaiveDate;
use shadow_domain::time::local_date;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::ZoneSelect;
use crate::{
    browser,
    components::ui::{Button, ButtonKind, Menu, MenuItem, Symbol},
    navigation::use_place,
    session::use_signed_in,
    state::{
        range::{Preset, Span},
        view::View,
    },
    zone::Zone,
};

const MENU: &str = "menu-range";

/// Chooses the span of time, and its zone.
#[component]
pub fn RangePicker() -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let default_zone = viewer
        .default_zone(place.view.workspace.as_deref())
        .to_owned();
    let zone_name = place
        .view
        .zone
        .clone()
        .unwrap_or_else(|| default_zone.clone());
    let zone = use_memo(zone_name.clone(), |name| Zone::named(name));
    let chosen = place.view.span;
    let choose = {
        let place = place.clone();
        Callback::from(move |span| {
            place.show(View {
                span,
                ..place.view.from_the_start()
            })
        })
    };
    let choose_zone = {
        let (place, default_zone) = (place.clone(), default_zone.clone());
        Callback::from(move |name: String| {
            let zone = (name != default_zone).then_some(name);
            place.show(View {
                zone,
                ..place.view.from_the_start()
            });
        })
    };
    let (first, last) = match chosen {
        Span::Custom { first, last } => (first, last),
        Span::Preset(_) => {
            let now = browser::now();
            let range = chosen.range(&**zone, now);
            (local_date(&**zone, range.start), local_date(&**zone, now))
        }
    };
    html! {
        <Menu id={MENU} label="Range and time zone" symbol={Symbol::Calendar} button={html! { chosen.label() }} at_end=true>
            <div class="range">
                <div class="range__presets">
                    { for Preset::ALL.into_iter().map(|preset| {
                        let span = Span::Preset(preset);
                        let onclick = choose.reform(move |_| span);
                        html! { <MenuItem menu={MENU} chosen={span == chosen} {onclick}>{ preset.label() }</MenuItem> }
                    }) }
                </div>
                <div class="range__more">
                    <CustomSpan key={format!("{first}{last}")} {first} {last} {choose} />
                    <ZoneSelect zone={zone_name} {default_zone} onchange={choose_zone} />
                </div>
            </div>
        </Menu>
    }
}

/// Properties of [`CustomSpan`].
#[derive(Properties, PartialEq)]
struct CustomSpanProps {
    first: NaiveDate,
    last: NaiveDate,
    choose: Callback<Span>,
}

/// Two dates.
#[component]
fn CustomSpan(props: &CustomSpanProps) -> Html {
    let (first, last) = (use_node_ref(), use_node_ref());
    let apply = {
        let (first, last, choose) = (first.clone(), last.clone(), props.choose.clone());
        Callback::from(move |_| {
            let date = |node: &NodeRef| {
                node.cast::<HtmlInputElement>()?
                    .value()
                    .parse::<NaiveDate>()
                    .ok()
            };
            if let (Some(first), Some(last)) = (date(&first), date(&last)) {
                choose.emit(Span::custom(first, last));
            }
        })
    };
    html! {
        <fieldset class="field-group">
            <legend>{ "Custom" }</legend>
            <label class="field">
                <span>{ "From" }</span>
                <input ref={first} type="date" name="from" value={props.first.to_string()} min="2000-01-01" max="2199-12-31" />
            </label>
            <label class="field">
                <span>{ "To" }</span>
                <input ref={last} type="date" name="to" value={props.last.to_string()} min="2000-01-01" max="2199-12-31" />
            </label>
            <Button kind={ButtonKind::Primary} onclick={apply} closes={MENU}>{ "Show" }</Button>
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn it_offers_every_span_and_shows_the_chosen_one() {
        let html = rendering::signed_in(
            "/executive?range=custom&from=2026-03-01&to=2026-03-31",
            || html! { <RangePicker /> },
        )
        .await;
        for preset in Preset::ALL {
            assert!(
                html.contains(preset.label()),
                "{} in {html}",
                preset.label()
            );
        }
        for text in [
            "1 Mar 2026 – 31 Mar 2026",
            r#"value="2026-03-31""#,
            "Time zone",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
