//! The protobuf API of all modules: messages, clients, servers and the descriptor set.
//!
//! The proto files below `faultmaven/` are the source; this crate only compiles them.

use std::collections::HashSet;

use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

macro_rules! module {
    ($name:ident, $package:tt) => {
        #[doc = concat!("Package `", $package, "`.")]
        pub mod $name {
            /// Version 1.
            pub mod v1 {
                tonic::include_proto!($package);
            }
        }
    };
}

module!(agent, "faultmaven.agent.v1");
module!(auth, "faultmaven.auth.v1");
module!(case, "faultmaven.case.v1");
module!(evidence, "faultmaven.evidence.v1");
module!(jobs, "faultmaven.jobs.v1");
module!(knowledge, "faultmaven.knowledge.v1");
module!(llm, "faultmaven.llm.v1");
module!(report, "faultmaven.report.v1");
module!(session, "faultmaven.session.v1");

/// The encoded `FileDescriptorSet` of every package.
pub const FILE_DESCRIPTOR_SET: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/faultmaven_descriptor.bin"));

/// Returns the descriptors of what clients may call, for reflection.
pub fn public_descriptors() -> FileDescriptorSet {
    // It was encoded by the build of this crate, and a test decodes it.
    let mut descriptors = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap_or_default();
    descriptors
        .file
        .retain(|file| !service_names(file).any(|it| INTERNAL_SERVICES.contains(&&*it)));
    descriptors
}

/// Returns the paths of the calls that send or answer any number of messages.
pub fn streaming_methods() -> HashSet<String> {
    let descriptors = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap_or_default();
    let mut paths = HashSet::new();
    for file in &descriptors.file {
        for (service, name) in file.service.iter().zip(service_names(file)) {
            let streaming = service
                .method
                .iter()
                .filter(|method| method.client_streaming() || method.server_streaming());
            paths.extend(streaming.map(|method| format!("/{name}/{}", method.name())));
        }
    }
    paths
}

fn service_names(file: &FileDescriptorProto) -> impl Iterator<Item = String> {
    file.service
        .iter()
        .map(|service| format!("{}.{}", file.package(), service.name()))
}

/// Full names of the services that only modules may call.
pub const INTERNAL_SERVICES: [&str; 6] = [
    auth::v1::auth_internal_service_server::SERVICE_NAME,
    case::v1::case_internal_service_server::SERVICE_NAME,
    evidence::v1::evidence_internal_service_server::SERVICE_NAME,
    jobs::v1::jobs_internal_service_server::SERVICE_NAME,
    llm::v1::llm_internal_service_server::SERVICE_NAME,
    report::v1::report_internal_service_server::SERVICE_NAME,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn names(descriptors: &FileDescriptorSet) -> Vec<String> {
        descriptors.file.iter().flat_map(service_names).collect()
    }

    #[test]
    fn every_internal_service_is_listed() {
        let descriptors = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
        let mut declared = names(&descriptors);
        declared.retain(|name| name.ends_with("InternalService"));
        declared.sort();
        assert_eq!(declared, INTERNAL_SERVICES);
    }

    #[test]
    fn what_clients_may_call_is_described_whole() {
        let public = public_descriptors();
        let names = names(&public);
        assert!(names.contains(&"faultmaven.case.v1.CaseService".to_owned()));
        assert!(!names.iter().any(|name| name.ends_with("InternalService")));
        let present: Vec<&str> = public.file.iter().map(FileDescriptorProto::name).collect();
        let imports = public.file.iter().flat_map(|file| &file.dependency);
        for import in imports {
            assert!(present.contains(&&**import), "{import}");
        }
    }

    #[test]
    fn uploads_and_turns_are_streams_and_lists_are_not() {
        let streaming = streaming_methods();
        assert!(streaming.contains("/faultmaven.evidence.v1.EvidenceService/UploadFile"));
        assert!(streaming.contains("/faultmaven.agent.v1.AgentService/SubmitTurn"));
        assert!(!streaming.contains("/faultmaven.case.v1.CaseService/ListCases"));
    }
}
