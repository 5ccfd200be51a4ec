//! The question of a page of metrics: one batch of selections.

use std::rc::Rc;

use shadow_proto::metrics::v1::QueryResponse;
use yew::prelude::*;

use super::answer::{Answered, Fresh, use_answer};
use crate::{
    api, browser,
    navigation::use_place,
    session::use_signed_in,
    state::{
        answer::begun,
        query::Question,
        range::{Preset, Span},
        view::Compare,
    },
    zone::Zone,
};

/// What a page wants to know; the clock makes a question of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The workspace, or every one that the person may see.
    pub workspace: Option<String>,
    /// The span of time.
    pub span: Span,
    /// The zone.
    pub zone: Zone,
    /// The comparison.
    pub compare: Compare,
}

impl Asked {
    /// The question now.
    pub fn question(&self) -> Question {
        Question {
            workspace: self.workspace.clone(),
            range: self.span.range(&*self.zone, browser::now()),
            zone: shadow_domain::time::Zone::name(&*self.zone).to_owned(),
            compare: self.compare,
        }
    }
}

/// An answer with its question.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// What the page wanted to know.
    pub asked: Asked,
    /// What was asked.
    pub question: Question,
    /// What came back.
    pub response: Rc<QueryResponse>,
}

/// What the view of the address asks about.
#[hook]
pub fn use_asked() -> Asked {
    let viewer = use_signed_in().viewer;
    let view = use_place().view;
    let zone_name = view
        .zone
        .clone()
        .unwrap_or_else(|| viewer.default_zone(view.workspace.as_deref()).to_owned());
    let zone = use_memo(zone_name, |name| Zone::named(name));
    Asked {
        workspace: view.workspace,
        span: view.span,
        zone: (*zone).clone(),
        // Nothing comes before all time.
        compare: match view.span {
            Span::Preset(Preset::All) => Compare::Off,
            _ => view.compare,
        },
    }
}

/// Asks what the page wants to know.
#[hook]
pub fn use_page_query(asked: Asked) -> Answered<Loaded> {
    use_answer(asked, |asked| {
        Box::pin(async move {
            let question = asked.question();
            let response = api::query(question.request()).await?;
            let live = question.is_live(browser::now());
            let answer = Loaded {
                asked,
                question,
                response: Rc::new(begun(response)),
            };
            Ok(Fresh { answer, live })
        })
    })
}
