//! Which workspace the rows go into.

use anyhow::{Context, Result, bail, ensure};
use chrono_tz::Tz;
use shadow_client::Client;
use shadow_client::proto::metrics::v1::ListWorkspacesRequest;
use shadow_storage::directory;
use uuid::Uuid;

use crate::connection::Connection;
use crate::database;

/// How many workspaces are asked for at a time.
const PAGE: u32 = 200;

/// The id of a workspace that is named by its id, by its name, or as `new:NAME`.
///
/// `new:NAME` makes a workspace unless there is one of that name, so the same command may be given twice.
pub(crate) async fn resolve(
    text: &str,
    zone: Tz,
    connection: &Connection,
    client: &Client,
) -> Result<Uuid> {
    if let Ok(workspace_id) = Uuid::try_parse(text) {
        ensure!(
            !workspace_id.is_nil(),
            "--workspace: the nil UUID names no workspace"
        );
        return Ok(workspace_id);
    }
    let (name, make) = match text.strip_prefix("new:") {
        Some(name) => (name, true),
        None => (text, false),
    };
    let fits = !name.trim().is_empty() && name.len() <= 128 && !name.chars().any(char::is_control);
    ensure!(
        fits,
        "--workspace: a name has 1 to 128 bytes and no control characters"
    );
    match named(client, name).await?.as_slice() {
        [one] => Ok(*one),
        [] if make => {
            let database = database::connect(connection.data()).await?;
            directory::create_workspace(&database, name, zone.name())
                .await
                .context("the workspace could not be made")
        }
        [] => bail!("there is no workspace {name:?}; --workspace \"new:{name}\" makes one"),
        several => {
            let ids: Vec<_> = several.iter().map(Uuid::to_string).collect();
            bail!(
                "several workspaces are called {name:?}; give the id of one: {}",
                ids.join(", ")
            )
        }
    }
}

/// The workspaces that have exactly this name.
async fn named(client: &Client, name: &str) -> Result<Vec<Uuid>> {
    let mut found = Vec::new();
    // The server looks for at most so much of a name; what it finds is compared in full here.
    let contains: String = name
        .chars()
        .scan(0, |bytes, letter| {
            *bytes += letter.len_utf8();
            (*bytes <= 100).then_some(letter)
        })
        .collect();
    let mut page_token = String::new();
    loop {
        let request = ListWorkspacesRequest {
            page_size: PAGE,
            page_token,
            name_contains: contains.clone(),
            ..ListWorkspacesRequest::default()
        };
        let page = client
            .list_workspaces(request)
            .await
            .context("the workspaces could not be listed")?;
        for workspace in page.workspaces {
            if workspace.name == name {
                found.push(
                    workspace
                        .workspace_id
                        .parse()
                        .context("the server named a workspace by no UUID")?,
                );
            }
        }
        if page.next_page_token.is_empty() {
            return Ok(found);
        }
        page_token = page.next_page_token;
    }
}
