//! Proves that the checked-in code is what the `.proto` files generate. `UPDATE_PROTO=1` rewrites it instead.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use protox::Compiler;

const CLIENT: &str = "#[cfg(feature = \"client\")]";
const SERVER: &str = "#[cfg(feature = \"server\")]";

/// Every generated file by its name, as the `.proto` files have it now.
fn generate(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut compiler = Compiler::new([root]).expect("the module's root");
    compiler
        .include_imports(true)
        .include_source_info(true)
        .open_files(proto_files(root))
        .unwrap_or_else(|error| panic!("{error:?}"));

    let folder = tempfile::tempdir().expect("a folder");
    tonic_prost_build::configure()
        .build_transport(false)
        .client_mod_attribute(".", CLIENT)
        .server_mod_attribute(".", SERVER)
        .out_dir(folder.path())
        .compile_fds(compiler.file_descriptor_set())
        .expect("generated code");
    let mut files = read(folder.path());

    // Comments are in the code; reflection does without them.
    compiler.include_source_info(false);
    files.insert(
        "shadow.binpb".to_owned(),
        compiler.encode_file_descriptor_set(),
    );
    // Types from google.protobuf come from prost-types.
    files.retain(|name, _| name.starts_with("shadow."));
    files
}

fn proto_files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.join("shadow")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "proto")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

fn read(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("a UTF-8 name");
            (name, fs::read(entry.path()).expect("a file"))
        })
        .collect()
}

#[test]
fn generated_code_is_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("src/gen");
    let expected = generate(root);
    if std::env::var_os("UPDATE_PROTO").is_some() {
        for name in read(&folder).keys() {
            fs::remove_file(folder.join(name)).expect("removed");
        }
        for (name, content) in &expected {
            fs::write(folder.join(name), content).expect("written");
        }
    }
    let actual = read(&folder);
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&actual), names(&expected), "run `make proto`");
    for (name, content) in &expected {
        assert!(
            actual.get(name) == Some(content),
            "{name} is not what the .proto files generate: run `make proto`"
        );
    }
}

#[test]
fn the_descriptor_set_describes_every_service() {
    let pool = prost_reflect::DescriptorPool::decode(shadow_proto::FILE_DESCRIPTOR_SET)
        .expect("a file descriptor set");
    let mut services: Vec<_> = pool
        .services()
        .map(|service| service.full_name().to_owned())
        .collect();
    // Files come after those that they import, whatever they are called.
    services.sort_unstable();
    assert_eq!(
        services,
        [
            "shadow.metrics.v1.MetricsService",
            "shadow.streaming.v1.StreamingService"
        ]
    );
}
