//! Lists of workspaces, page by page.

use shadow_auth::PlatformRole;
use shadow_proto::metrics::v1::ListWorkspacesRequest;
use shadow_storage::directory;

use crate::platform::{Platform, from};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_hold_every_workspace_once_by_name() {
    let platform = Platform::new().await;
    directory::put_user(&platform.database, "eve", Some("Eve"))
        .await
        .unwrap();
    directory::put_platform_role(&platform.database, "eve", PlatformRole::Engineer)
        .await
        .unwrap();
    let names = ["Gamma", "alpha", "Beta", "Beta", "Größe", "delta"];
    for name in names {
        directory::create_workspace(&platform.database, name, "Europe/Berlin")
            .await
            .unwrap();
    }
    let pages = async |page_size: u32, name_contains: &str| {
        let (mut found, mut page_token, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let request = ListWorkspacesRequest {
                page_size,
                page_token,
                name_contains: name_contains.to_owned(),
                ..ListWorkspacesRequest::default()
            };
            let page = platform
                .client
                .clone()
                .list_workspaces(from("eve", request))
                .await
                .unwrap()
                .into_inner();
            pages += 1;
            found.extend(page.workspaces);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return (found, pages);
            }
        }
    };
    let (all, one_page) = pages(0, "").await;
    assert_eq!((all.len(), one_page), (6, 1));
    assert!(all.iter().all(|one| one.zone == "Europe/Berlin"
        && one.role.is_empty()
        && !one.permissions.is_empty()));
    for size in [1, 2, 3, 6, 200] {
        let (found, count) = pages(size, "").await;
        assert_eq!(
            (found, count),
            (all.clone(), names.len().div_ceil(size as usize)),
            "pages of {size}"
        );
    }
    let (some, _) = pages(1, "BET").await;
    assert_eq!(
        some.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
        ["Beta", "Beta"]
    );
    let (none, count) = pages(0, "%").await;
    assert_eq!((none.len(), count), (0, 1));
}
