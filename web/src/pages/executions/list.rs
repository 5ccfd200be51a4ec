//! Executions one by one: searched, filtered, sorted, page by page.

use std::rc::Rc;

use shadow_proto::metrics::v1::ListExecutionsResponse;
use yew::prelude::*;

use crate::{
    api, browser,
    components::{
        executions::{ExecutionFilters, list_columns, list_row},
        metrics::OverviewEmpty,
        tables::{DataRow, DataTable},
        ui::{Notice, NoticeKind, Skeleton, answered},
    },
    format,
    hooks::{Asked, Fresh, use_answer, use_asked, use_choices, use_set_pulse},
    navigation::use_place,
    session::use_signed_in,
    state::{answer, executions, list, query::instant, view::View},
};

/// A page of the list, and what it is about.
#[derive(Clone, PartialEq)]
struct Page {
    asked: Asked,
    is_cut: bool,
    response: Rc<ListExecutionsResponse>,
}

/// Executions one by one.
#[component]
pub(super) fn List() -> Html {
    let place = use_place();
    let view = View {
        list: list::List {
            // Which columns are shown is no question.
            hidden: Default::default(),
            ..place.view.list.clone()
        },
        ..place.view.clone()
    };
    let asked = use_asked();
    let page = use_answer((asked, view), |(asked, view)| {
        Box::pin(async move {
            let question = asked.question();
            let response = api::executions(executions::list_request(&question, &view)).await?;
            let live = question.is_live(browser::now());
            let answer = Page {
                asked,
                is_cut: executions::is_cut(&question),
                response: Rc::new(response),
            };
            Ok(Fresh { answer, live })
        })
    });
    use_set_pulse(page.pulse(|page| answer::as_of(page.response.provenance.as_ref())));
    answered(
        &page,
        html! {
            <div role="group" aria-busy="true" aria-label="Loading">{ for (0..12).map(|_| html! { <Skeleton class="skeleton--row" /> }) }</div>
        },
        |page| html! { <Table page={(**page).clone()} /> },
    )
}

/// Properties of [`Table`].
#[derive(Properties, PartialEq)]
struct TableProps {
    page: Page,
}

#[component]
fn Table(props: &TableProps) -> Html {
    let place = use_place();
    let signed_in = use_signed_in();
    let choices = use_choices(place.view.workspace.clone());
    let (response, zone) = (&*props.page.response, &props.page.asked.zone);
    let narrowed = executions::is_narrowed(&place.view);
    if response.executions.is_empty() {
        let from = response.provenance.as_ref();
        let last_event = from.and_then(|from| instant(from.last_event_time.as_ref()));
        return html! {
            if narrowed || place.view.list.page.is_some() {
                <>
                    <section class="panel"><header class="panel__header"><ExecutionFilters {choices} /></header></section>
                    <Notice kind={NoticeKind::Empty} title="No execution is as the filters want it">
                        <p>{ "Search for something else, leave a filter out, or choose a longer range." }</p>
                    </Notice>
                </>
            } else {
                <OverviewEmpty {last_event} zone={zone.clone()} />
            }
        };
    }
    let several = props.page.asked.workspace.is_none();
    let as_of = answer::as_of(response.provenance.as_ref())
        .map_or_else(String::new, |at| format::time_of_day(at, &**zone));
    let rows: Vec<DataRow> = response
        .executions
        .iter()
        .map(|one| list_row(one, &place.view, &signed_in.viewer, zone, several))
        .collect();
    html! {
        <>
            <DataTable
                title="Executions"
                file="executions"
                columns={list_columns(&signed_in.catalogue, several)}
                {rows}
                sort="opened_at"
                next={response.next_page_token.clone()}
                {as_of}
            >
                <ExecutionFilters {choices} />
            </DataTable>
            if props.page.is_cut {
                <p class="panel__note">{ "Executions are listed of the last 366 days of the range." }</p>
            }
        </>
    }
}
