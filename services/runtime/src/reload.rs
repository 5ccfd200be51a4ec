//! Reads a file again when its content changes, so that keys rotate without a restart.

use std::path::PathBuf;
use std::time::Duration;

use crate::shutdown::Shutdown;

/// Looks at the file each `period` until stopping is asked for, and hands over every content that differs from the one
/// before. A file that cannot be read changes nothing and is logged once.
pub async fn watch(
    path: PathBuf,
    mut content: String,
    period: Duration,
    shutdown: Shutdown,
    mut changed: impl FnMut(&str) + Send,
) {
    let mut readable = true;
    let mut ticks = tokio::time::interval(period);
    loop {
        tokio::select! {
            () = shutdown.requested() => return,
            _ = ticks.tick() => {}
        }
        match tokio::fs::read_to_string(&path).await {
            Ok(now) => {
                readable = true;
                if now != content {
                    changed(&now);
                    content = now;
                }
            }
            Err(error) if readable => {
                readable = false;
                tracing::warn!(path = %path.display(), %error, "cannot be read again; what was read before stays");
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_changed_file_is_handed_over_once() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "old").unwrap();
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let shutdown = Shutdown::new();
        let watching = tokio::spawn(watch(
            file.path().to_owned(),
            "old".to_owned(),
            Duration::from_millis(5),
            shutdown.clone(),
            move |content| sender.send(content.to_owned()).unwrap(),
        ));
        std::fs::write(file.path(), "new").unwrap();
        let next = async {
            // A reader may see the file while it is empty.
            loop {
                let content = receiver.recv().await.unwrap();
                if !content.is_empty() {
                    return content;
                }
            }
        };
        assert_eq!(
            tokio::time::timeout(Duration::from_secs(10), next)
                .await
                .unwrap(),
            "new"
        );
        shutdown.request();
        watching.await.unwrap();
        assert_eq!(receiver.recv().await, None);
    }
}
