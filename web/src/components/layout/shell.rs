//! Sidebar, top bar, page.

use yew::prelude::*;

use super::{header::Header, sidebar::Sidebar};
use crate::{
    components::{metrics::OverviewSkeleton, ui::Skeleton},
    hooks::{LiveProvider, PulseProvider},
};

/// Properties of [`Shell`].
#[derive(Properties, PartialEq)]
pub struct ShellProps {
    /// The page.
    pub children: Html,
}

/// Sidebar, top bar, page.
#[component]
pub fn Shell(props: &ShellProps) -> Html {
    html! {
        <LiveProvider>
            <PulseProvider>
                <div class="shell">
                    <Sidebar />
                    <Header />
                    <main id="content" class="page" tabindex="-1">{ props.children.clone() }</main>
                </div>
            </PulseProvider>
        </LiveProvider>
    }
}

/// The shape of the shell, while it is not known who is signed in.
#[component]
pub fn ShellSkeleton() -> Html {
    html! {
        <div class="shell">
            <aside class="sidebar">
                <p class="brand"><span class="brand__mark" aria-hidden="true"></span>{ "Shadow Analytics" }</p>
            </aside>
            <header class="header"><Skeleton class="skeleton--button" /></header>
            <main class="page">
                <PageSkeleton />
            </main>
        </div>
    }
}

/// The shape of a page, while its code is loaded.
#[component]
pub fn PageSkeleton() -> Html {
    html! {
        <>
            <h1 class="page__title"><Skeleton class="skeleton--title" /></h1>
            <OverviewSkeleton />
        </>
    }
}
