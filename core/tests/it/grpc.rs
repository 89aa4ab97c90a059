//! Stories through gRPC on the port that also serves REST.

mod door;
mod turns;

pub(crate) use door::channel;
