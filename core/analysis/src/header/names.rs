//! Names that fields of a record give beside its message: requests, traces, sessions, users, pods.

use crate::analysis::EntityKind;

/// Kinds that records name in fields of their own.
const KINDS: [EntityKind; 5] = [
    EntityKind::TraceId,
    EntityKind::RequestId,
    EntityKind::Session,
    EntityKind::User,
    EntityKind::Pod,
];
/// Letters of the longest key that is known.
const KEY_MAX: usize = 18;

/// The first name of each kind; empty where there is none.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Names<'a>([&'a str; KINDS.len()]);

impl<'a> Names<'a> {
    /// Takes the value of a field, as written, if its key names something.
    pub(super) fn take(&mut self, key: &str, value: &'a str) {
        let Some(kind) = kind_of(key) else { return };
        let value = value.trim_matches('"');
        let is_name = !matches!(value, "" | "null" | "true" | "false")
            && !value.starts_with(['{', '['])
            && !value.contains([' ', '\\']);
        let slot = KINDS.iter().position(|it| *it == kind);
        if let Some(known) = slot.and_then(|slot| self.0.get_mut(slot))
            && known.is_empty()
            && is_name
        {
            *known = value;
        }
    }

    /// Returns the names with their kinds.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (EntityKind, &'a str)> {
        let named = KINDS.into_iter().zip(self.0);
        named.filter(|(_, name)| !name.is_empty())
    }
}

/// Returns what a key names, however it is spelt: `trace_id`, `traceId`, `dd.trace_id`, `X-Request-ID`.
pub(crate) fn kind_of(key: &str) -> Option<EntityKind> {
    let (mut plain, mut length) = ([0u8; KEY_MAX], 0);
    for byte in key.bytes().filter(u8::is_ascii_alphanumeric) {
        *plain.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    Some(match &plain[..length] {
        b"trace" | b"traceid" | b"ddtraceid" | b"oteltraceid" | b"xb3traceid" => {
            EntityKind::TraceId
        }
        b"req" | b"reqid" | b"requestid" | b"xrequestid" | b"httprequestid" | b"correlationid"
        | b"xcorrelationid" | b"transactionid" => EntityKind::RequestId,
        b"session" | b"sessionid" | b"jsessionid" => EntityKind::Session,
        b"user" | b"username" | b"userid" | b"login" | b"ruser" | b"usr" => EntityKind::User,
        b"pod" | b"podname" | b"k8spodname" | b"kubernetespodname" => EntityKind::Pod,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_however_they_are_spelt() {
        for (key, kind) in [
            ("trace_id", Some(EntityKind::TraceId)),
            ("traceId", Some(EntityKind::TraceId)),
            ("dd.trace_id", Some(EntityKind::TraceId)),
            ("X-Request-ID", Some(EntityKind::RequestId)),
            ("correlationId", Some(EntityKind::RequestId)),
            ("sessionId", Some(EntityKind::Session)),
            ("user.name", Some(EntityKind::User)),
            ("k8s.pod.name", Some(EntityKind::Pod)),
            ("usage", None),
            ("a_key_that_is_longer_than_any", None),
        ] {
            assert_eq!(kind_of(key), kind, "{key}");
        }
    }
}
