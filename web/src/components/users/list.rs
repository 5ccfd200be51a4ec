//! The list of users, one row for each, as the server ordered them.

use std::rc::Rc;

use shadow_proto::metrics::v1::{ListUsersResponse, UserStanding};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{Facts, TERMS, definition};
use crate::{
    components::{
        tables::{DataCell, DataColumn, DataRow, DataTable},
        ui::{Button, ButtonKind},
    },
    format,
    hooks::Asked,
    navigation::{Go, Route, use_place},
    session::use_signed_in,
    state::{answer, users::LAST_SEEN, view::View},
};

/// Properties of [`UserTable`].
#[derive(Properties, PartialEq)]
pub struct UserTableProps {
    /// Whom the list is about.
    pub asked: Asked,
    /// What came back.
    pub response: Rc<ListUsersResponse>,
}

/// A page of users, one row for each.
#[component]
pub fn UserTable(props: &UserTableProps) -> Html {
    let place = use_place();
    let catalogue = use_signed_in().catalogue;
    let (view, response) = (&place.view, &*props.response);
    let zone = &props.asked.zone;
    let as_of = answer::as_of(response.provenance.as_ref())
        .map_or_else(String::new, |at| format::time_of_day(at, &**zone));
    if response.users.is_empty() && !view.list.is_narrowed() && view.list.page.is_none() {
        return Html::default();
    }
    let text = |id, name: &'static str, sorts| DataColumn {
        id,
        name: name.into(),
        metric: None,
        sorts,
    };
    let numbers = TERMS.iter().map(|(term, sorts)| {
        let metric = definition(*term, &catalogue);
        DataColumn {
            id: term.0,
            name: metric.name.clone(),
            metric: Some(metric),
            sorts: *sorts,
        }
    });
    let columns: Vec<DataColumn> = [text("id", "User", true)]
        .into_iter()
        .chain(numbers)
        .chain([text("first_day", "First day", false)])
        .collect();
    let rows: Vec<DataRow> = response
        .users
        .iter()
        .map(|user| row(user, view, &Facts::of(user, zone)))
        .collect();
    html! {
        <DataTable
            title="Users"
            file="users"
            {columns}
            {rows}
            sort={LAST_SEEN}
            total={u32::try_from(response.matching_users).unwrap_or(u32::MAX)}
            next={response.next_page_token.clone()}
            {as_of}
        >
            <Search />
        </DataTable>
    }
}

fn row(user: &UserStanding, view: &View, facts: &Facts<'_>) -> DataRow {
    let to = Route::User {
        id: user.user_id.clone(),
    };
    let name = DataCell {
        shown: html! {
            <span class="data__name"><Go {to} view={view.elsewhere()} class="link">{ &user.user_id }</Go></span>
        },
        text: user.user_id.clone(),
    };
    let numbers = TERMS.iter().map(|((id, ..), _)| facts.cell(id));
    DataRow {
        key: user.user_id.clone(),
        cells: [name]
            .into_iter()
            .chain(numbers)
            .chain([facts.cell("first_day")])
            .collect(),
    }
}

/// What narrows the list.
#[component]
fn Search() -> Html {
    let place = use_place();
    let list = &place.view.list;
    let search = {
        let place = place.clone();
        Callback::from(move |contains: String| {
            place.show(View {
                list: place.view.list.searched(&contains),
                ..place.view.clone()
            });
        })
    };
    let onchange =
        search.reform(|event: Event| event.target_unchecked_into::<HtmlInputElement>().value());
    html! {
        <div class="filters" role="group" aria-label="Filters">
            <label class="field field--inline">
                <span>{ "User" }</span>
                <input type="search" name="search" value={list.contains.clone()} {onchange} maxlength="100" placeholder="Any" />
            </label>
            if list.is_narrowed() {
                <Button kind={ButtonKind::Quiet} onclick={search.reform(|_| String::new())}>{ "Clear" }</Button>
            }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rendering,
        state::{range::Span, view::Compare},
        zone::Zone,
    };

    #[tokio::test]
    async fn users_are_listed_and_lead_to_their_pages() {
        let html = rendering::signed_in("/users", || {
            let response = ListUsersResponse {
                users: vec![UserStanding {
                    user_id: "anna@example".to_owned(),
                    runs: 12,
                    success_rate: Some(0.75),
                    ..UserStanding::default()
                }],
                matching_users: 51,
                next_page_token: "AQ".to_owned(),
                ..ListUsersResponse::default()
            };
            let asked = Asked {
                workspace: None,
                span: Span::default(),
                zone: Zone::utc(),
                compare: Compare::Previous,
            };
            html! { <UserTable {asked} response={Rc::new(response)} /> }
        })
        .await;
        for text in [
            "anna@example",
            "href=\"/users/",
            "1 of 51",
            "75 %",
            "help-users-runs",
            "Next page",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
