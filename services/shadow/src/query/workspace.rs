//! The workspaces that a query is about.

use anyhow::{Context, bail};
use shadow_client::{
    Client,
    proto::metrics::v1::{ListWorkspacesRequest, Workspace},
};

/// How many workspaces are asked for at a time.
const PAGE: u32 = 200;

/// A workspace that was found.
pub(crate) struct Found {
    pub(crate) id: String,
    pub(crate) zone: String,
}

/// The workspaces of these ids or names, in order.
pub(crate) async fn resolve(client: &Client, texts: &[String]) -> anyhow::Result<Vec<Found>> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let all = list(client).await?;
    texts.iter().map(|text| find(&all, text)).collect()
}

fn find(all: &[Workspace], text: &str) -> anyhow::Result<Found> {
    let found: Vec<_> = all
        .iter()
        .filter(|one| one.workspace_id == text || one.name == text)
        .collect();
    match found[..] {
        [one] => Ok(Found {
            id: one.workspace_id.clone(),
            zone: one.zone.clone(),
        }),
        [] => bail!("there is no workspace {text:?} that the token may see"),
        _ => {
            let ids: Vec<_> = found.iter().map(|one| one.workspace_id.as_str()).collect();
            bail!(
                "several workspaces are called {text:?}; give the id of one: {}",
                ids.join(", ")
            )
        }
    }
}

/// Every workspace that the token may see.
pub(crate) async fn list(client: &Client) -> anyhow::Result<Vec<Workspace>> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListWorkspacesRequest {
            page_size: PAGE,
            page_token,
            ..ListWorkspacesRequest::default()
        };
        let page = client
            .list_workspaces(request)
            .await
            .context("the workspaces could not be listed")?;
        all.extend(page.workspaces);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(all);
        }
    }
}
