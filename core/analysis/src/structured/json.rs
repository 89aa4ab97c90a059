//! JSON documents of any size: values are cut out while the bytes pass by, each with its place.

mod node;
mod record;
mod walker;
mod yaml;

pub(crate) use node::Node;
pub(crate) use record::{Folded, Record};
pub(crate) use walker::{Visitor, Walker};
pub(crate) use yaml::YamlCutter;
