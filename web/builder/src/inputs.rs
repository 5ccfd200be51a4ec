//! Everything that goes into the dashboard, as one digest.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::Places;

/// Folders and files that the dashboard is made of, in the workspace.
const INPUTS: [&str; 13] = [
    "Cargo.lock",
    "Cargo.toml",
    "rust-toolchain.toml",
    "proto/Cargo.toml",
    "proto/src",
    "services/domain/Cargo.toml",
    "services/domain/src",
    "web/Cargo.toml",
    "web/builder/src",
    "web/charts",
    "web/package-lock.json",
    "web/src",
    "web/styles",
];

/// A digest of every input, by name and content.
pub(crate) fn digest(places: &Places) -> Result<String> {
    let mut hasher = Sha256::new();
    for input in INPUTS.iter().chain(&["web/index.html", "web/icon.svg"]) {
        add(&mut hasher, &places.root.join(input))?;
    }
    Ok(hex(&hasher.finalize()))
}

/// Bytes as text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn add(hasher: &mut Sha256, path: &Path) -> Result<()> {
    if path.is_dir() {
        let listed = fs::read_dir(path).with_context(|| format!("reading {}", path.display()))?;
        let mut inside = listed
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<Vec<_>>>()?;
        inside.sort();
        return inside.iter().try_for_each(|path| add(hasher, path));
    }
    let content = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    hasher.update(path.as_os_str().as_encoded_bytes());
    hasher.update([0]);
    hasher.update((content.len() as u64).to_le_bytes());
    hasher.update(content);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_changes_with_content_and_with_names() {
        let folder =
            std::env::temp_dir().join(format!("shadow-web-builder-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let of = |name: &str, content: &str| {
            let path = folder.join(name);
            fs::write(&path, content).unwrap();
            let mut hasher = Sha256::new();
            add(&mut hasher, &folder).unwrap();
            fs::remove_file(path).unwrap();
            hex(&hasher.finalize())
        };
        let first = of("a", "1");
        assert_eq!(first, of("a", "1"));
        assert_ne!(first, of("a", "2"));
        assert_ne!(first, of("b", "1"));
        fs::remove_dir_all(folder).unwrap();
    }
}
