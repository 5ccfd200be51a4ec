//! The table of RPC × permission against the API as it is described.

use std::collections::BTreeSet;

use prost::Message;
use prost_types::FileDescriptorSet;
use shadow_auth::table;

fn paths(descriptors: &[u8]) -> BTreeSet<String> {
    let set = FileDescriptorSet::decode(descriptors).unwrap();
    let mut paths = BTreeSet::new();
    for file in &set.file {
        for service in &file.service {
            for method in &service.method {
                paths.insert(format!(
                    "/{}.{}/{}",
                    file.package(),
                    service.name(),
                    method.name()
                ));
            }
        }
    }
    paths
}

#[test]
fn every_rpc_is_in_the_table_and_the_table_has_no_other() {
    let mut described = paths(shadow_proto::FILE_DESCRIPTOR_SET);
    assert!(described.contains("/shadow.metrics.v1.MetricsService/Query"));
    described.extend(paths(tonic_health::pb::FILE_DESCRIPTOR_SET));
    described.extend(paths(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET));
    described.extend(paths(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET));
    let known: BTreeSet<String> = table::paths().map(str::to_owned).collect();
    let missing: Vec<&String> = described.difference(&known).collect();
    assert!(missing.is_empty(), "not in shadow_auth::table: {missing:?}");
    let gone: Vec<&String> = known.difference(&described).collect();
    assert!(
        gone.is_empty(),
        "in shadow_auth::table, but in no descriptor: {gone:?}"
    );
}
