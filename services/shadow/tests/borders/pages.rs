//! Who writes pages.

use crate::{root, sources};

#[test]
fn whoever_writes_pages_counts_it() {
    // The functions around these two statements count up the version by which merged days are known to be stale.
    let folder = root().join("services/storage/src");
    let writes = |text: &str| {
        ["INSERT INTO", "UPDATE", "DELETE FROM"]
            .iter()
            .any(|verb| text.contains(&format!("{verb} analytics.partial_page")))
    };
    let mut writers: Vec<String> = ["sql", "rs"]
        .iter()
        .flat_map(|extension| sources(&folder, extension))
        .filter(|(_, text)| writes(text))
        .map(|(path, _)| {
            path.strip_prefix(&folder)
                .expect("in it")
                .display()
                .to_string()
        })
        .collect();
    writers.sort();
    assert_eq!(
        writers,
        ["compaction/audit_delete.sql", "compaction/put_pages.sql"]
    );
}
