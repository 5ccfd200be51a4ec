//! A table as a file.

use yew::prelude::*;

use crate::state::csv::{csv, data_url};

/// Downloads what a table shows, under a name without its ending.
pub fn file_link(name: &str, header: &[String], rows: &[Vec<String>]) -> Html {
    html! {
        <a class="button" href={data_url(&csv(header, rows))} download={format!("{name}.csv")} title="Download the rows that are shown, as CSV">
            { "CSV" }
        </a>
    }
}
