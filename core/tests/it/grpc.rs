//! Stories through gRPC on the port that also serves REST.

mod door;

pub(crate) use door::{channel, signed};
