//! Messages that are not what their method takes.

use http::Response;
use tonic::body::Body;
use tonic::{Code, Status};

use crate::Fault;

/// How tonic's texts begin for what a client sent; each comes as INTERNAL and without a reason.
const UNDECODABLE: [&str; 5] = [
    "failed to decode Protobuf message",
    "Missing request message.",
    "protocol error: received message with",
    "Error decompressing",
    "Unexpected EOF decoding stream.",
];

/// Returns the answer, or a refusal that names the cause where the client's message was undecodable.
pub(super) fn refuse_malformed(response: Response<Body>) -> Response<Body> {
    let headers = response.headers();
    let is_bare = headers.contains_key(Status::GRPC_STATUS)
        && !headers.contains_key(Status::GRPC_STATUS_DETAILS);
    let status = is_bare.then(|| Status::from_header_map(headers)).flatten();
    let malformed = status.filter(|it| {
        let texts = UNDECODABLE.iter();
        it.code() == Code::Internal && { texts }.any(|text| it.message().starts_with(text))
    });
    let Some(status) = malformed else {
        return response;
    };
    let message = format!(
        "the message cannot be read: {}; send one message of the type that the method takes, as \
         reflection describes it",
        status.message().trim_end_matches('.')
    );
    let refusal = Fault::new(Code::InvalidArgument, "malformed_message", message);
    Status::from(refusal).into_http()
}
