//! The shape of a page of metrics, while it is loaded.

use yew::prelude::*;

use crate::components::ui::Skeleton;

/// The shape of a page of metrics.
#[component]
pub fn OverviewSkeleton() -> Html {
    html! {
        <div class="overview" role="group" aria-busy="true" aria-label="Loading">
            <div class="panel">{ numbers_skeleton() }</div>
            <div class="panel chart chart--large"><Skeleton class="skeleton--chart" /></div>
            <div class="columns">
                <div class="panel chart"><Skeleton class="skeleton--chart" /></div>
                <div class="panel chart"><Skeleton class="skeleton--chart" /></div>
            </div>
        </div>
    }
}

/// The shape of six numbers that matter first.
pub fn numbers_skeleton() -> Html {
    html! {
        <div class="metrics metrics--large">
            { for (0..6).map(|_| html! {
                <div class="metric metric--large">
                    <Skeleton class="skeleton--name" />
                    <Skeleton class="skeleton--value" />
                    <Skeleton class="skeleton--change" />
                    <Skeleton class="skeleton--sparkline" />
                </div>
            }) }
        </div>
    }
}
