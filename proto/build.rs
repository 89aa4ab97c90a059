//! Compiles the protobuf files with protox, so that no protoc is needed.

use std::{env, error::Error, fs, path::PathBuf};

use protox::prost::Message;

const MODULES: [&str; 9] = [
    "agent",
    "auth",
    "case",
    "evidence",
    "jobs",
    "knowledge",
    "llm",
    "report",
    "session",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=faultmaven");
    let descriptors = protox::compile(proto_files()?, ["."])?;
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(
        out_dir.join("faultmaven_descriptor.bin"),
        descriptors.encode_to_vec(),
    )?;
    tonic_prost_build::configure()
        .bytes(".faultmaven.evidence.v1")
        .boxed(".faultmaven.agent.v1.SubmitTurnResponse.event.result")
        .boxed(".faultmaven.evidence.v1.DownloadFileResponse.part.file")
        .compile_fds(descriptors)?;
    Ok(())
}

fn proto_files() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for module in MODULES {
        for entry in fs::read_dir(format!("faultmaven/{module}/v1"))? {
            files.push(entry?.path());
        }
    }
    files.sort();
    Ok(files)
}
