//! The protobuf API of all modules: messages, clients, servers and the descriptor set.
//!
//! The proto files below `faultmaven/` are the source; this crate only compiles them.

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

/// The encoded `FileDescriptorSet` of every package, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/faultmaven_descriptor.bin"));

/// Full names of the services that only modules may call.
pub const INTERNAL_SERVICES: [&str; 5] = [
    auth::v1::auth_internal_service_server::SERVICE_NAME,
    case::v1::case_internal_service_server::SERVICE_NAME,
    evidence::v1::evidence_internal_service_server::SERVICE_NAME,
    jobs::v1::jobs_internal_service_server::SERVICE_NAME,
    llm::v1::llm_internal_service_server::SERVICE_NAME,
];

#[cfg(test)]
mod tests {
    use prost::Message;
    use prost_types::FileDescriptorSet;

    use super::{FILE_DESCRIPTOR_SET, INTERNAL_SERVICES};

    #[test]
    fn every_internal_service_is_listed() {
        let descriptors = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
        let mut declared: Vec<String> = descriptors
            .file
            .iter()
            .flat_map(|file| {
                file.service
                    .iter()
                    .map(move |service| format!("{}.{}", file.package(), service.name()))
            })
            .filter(|name| name.ends_with("InternalService"))
            .collect();
        declared.sort();
        assert_eq!(declared, INTERNAL_SERVICES);
    }
}
