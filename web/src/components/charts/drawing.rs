//! One chart on the page.

use std::{cell::RefCell, rc::Rc};

use futures_util::future::abortable;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;
use yew::prelude::*;

use super::{Figure, Plot, binding::Mounted};

/// Properties of [`Drawing`].
#[derive(Properties, PartialEq)]
pub(super) struct DrawingProps {
    /// The buckets and the unit.
    pub(super) figure: Rc<Figure>,
    /// What is drawn over them.
    pub(super) plot: Rc<Plot>,
    /// What it is, in words.
    pub(super) label: AttrValue,
    /// Says that charts cannot be drawn here.
    pub(super) on_failure: Callback<()>,
}

/// One chart. The table behind it is for who cannot see it.
#[component]
pub(super) fn Drawing(props: &DrawingProps) -> Html {
    let node = use_node_ref();
    let mounted = use_mut_ref(|| None::<Mounted>);
    let shown = (props.figure.clone(), props.plot.clone());
    let latest = use_mut_ref(|| shown.clone());
    *latest.borrow_mut() = shown.clone();
    use_effect_with((), {
        let (node, mounted, latest, failed) = (
            node.clone(),
            mounted.clone(),
            latest.clone(),
            props.on_failure.clone(),
        );
        move |()| {
            let (task, handle) = abortable(mount(node, mounted.clone(), latest, failed));
            spawn_local(async move {
                // An aborted task has nothing to say.
                let _ = task.await;
            });
            move || {
                handle.abort();
                mounted.borrow_mut().take();
            }
        }
    });
    use_effect_with(shown, {
        let failed = props.on_failure.clone();
        move |(figure, plot)| {
            if let Some(mounted) = &*mounted.borrow()
                && mounted.draw(figure, plot).is_err()
            {
                failed.emit(());
            }
        }
    });
    html! { <div class="chart__drawing" ref={node} role="img" aria-label={props.label.clone()}></div> }
}

async fn mount(
    node: NodeRef,
    mounted: Rc<RefCell<Option<Mounted>>>,
    latest: Rc<RefCell<(Rc<Figure>, Rc<Plot>)>>,
    failed: Callback<()>,
) {
    let Some(element) = node.cast::<Element>() else {
        return;
    };
    let Ok(canvas) = Mounted::on(&element).await else {
        return failed.emit(());
    };
    let (figure, plot) = latest.borrow().clone();
    let drawn = canvas.draw(&figure, &plot);
    *mounted.borrow_mut() = Some(canvas);
    if drawn.is_err() {
        failed.emit(());
    }
}
