//! Joins the files of the catalogue, which people write as YAML, to one document that is quick to read.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

use serde_json::Value;

const CATALOGUE: &str = "catalogue";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={CATALOGUE}");
    let mut by_technology: BTreeMap<String, Value> = BTreeMap::new();
    for entry in fs::read_dir(CATALOGUE)? {
        let path = entry?.path();
        if path.extension().is_none_or(|it| it != "yaml") {
            continue;
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let read: Result<Value, _> = serde_saphyr::from_str(&fs::read_to_string(&path)?);
        let file = read.map_err(|error| format!("{}: {error}", path.display()))?;
        by_technology.insert(name.into_owned(), file);
    }
    let joined = serde_json::to_vec(&by_technology)?;
    fs::write(
        Path::new(&env::var("OUT_DIR")?).join("catalogue.json"),
        joined,
    )?;
    Ok(())
}
