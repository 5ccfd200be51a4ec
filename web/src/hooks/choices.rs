//! Asks what the filters of the live feed offer.

use std::rc::Rc;

use futures_util::future::abortable;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    api, browser,
    state::choices::{Choices, request},
};

/// Asks once for each workspace. Where there is no answer, what the feed has seen has to do.
#[hook]
pub fn use_choices(workspace: Option<String>) -> Rc<Choices> {
    let found = use_state_eq(Rc::<Choices>::default);
    use_effect_with(workspace, {
        let set = found.setter();
        move |workspace| {
            let request = request(workspace.as_deref(), browser::now());
            let (task, handle) = abortable(async move {
                if let Ok(response) = api::query(request).await {
                    set.set(Rc::new(Choices::from(&response)));
                }
            });
            spawn_local(async move {
                // An aborted question has nothing to say.
                let _ = task.await;
            });
            move || handle.abort()
        }
    });
    (*found).clone()
}
