//! Addresses in values, and where texts name them.

/// A host and the port it is asked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: Option<String>,
}

/// Words of keys whose value is a host by itself.
const HOST_KEYS: [&str; 9] = [
    "host", "addr", "server", "endpoint", "url", "uri", "broker", "upstream", "service",
];
/// Words in front of a host.
const BEFORE: [&str; 22] = [
    "lookup",
    "host",
    "hostname",
    "enotfound",
    "eai_again",
    "resolve",
    "resolving",
    "to",
    "name",
    "tcp",
    "unknown",
    "address",
    "server",
    "upstream",
    "backend",
    "econnrefused",
    "etimedout",
    "for",
    "connecting",
    "unknownhostexception:",
    "at",
    "with",
];

/// Returns the addresses that a value names.
pub(super) fn addresses(key: &str, value: &str) -> Vec<Address> {
    let value = value.trim().trim_matches(['"', '\'']);
    let behind = value.rsplit_once("://").map_or(value, |(_, rest)| rest);
    let has_scheme = behind.len() < value.len();
    let authority = behind.split(['/', '?', ' ']).next().unwrap_or(behind);
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let key = key.to_ascii_lowercase();
    let is_host_key = HOST_KEYS.iter().any(|word| key.contains(word));
    authority
        .split(',')
        .filter_map(|part| {
            let (host, port) = match part.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (part, None),
            };
            let is_port = port.is_none_or(|it| it.len() <= 5 && it.parse::<u16>().is_ok());
            let is_told = has_scheme || port.is_some() || is_host_key;
            (is_told && is_port && is_host(host)).then(|| Address {
                host: host.to_ascii_lowercase(),
                port: port.map(ToOwned::to_owned),
            })
        })
        .collect()
}

fn is_host(host: &str) -> bool {
    const NO_HOSTS: [&str; 8] = [
        "localhost",
        "true",
        "false",
        "none",
        "null",
        "http",
        "https",
        "tcp",
    ];
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    (2..=253).contains(&host.len())
        && host.bytes().all(is_plain)
        && host.bytes().any(|byte| byte.is_ascii_alphabetic())
        && host.as_bytes()[0].is_ascii_alphanumeric()
        && !NO_HOSTS.contains(&host.to_ascii_lowercase().as_str())
}

/// How a text names a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named<'a> {
    pub(super) port: Option<&'a str>,
}

/// Returns how a text in lower case names a host first.
pub(super) fn named<'a>(text: &'a str, host: &str) -> Option<Named<'a>> {
    text.match_indices(host).find_map(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + host.len()..]);
        let starts = !before.ends_with(|it: char| it.is_alphanumeric() || "-_.".contains(it));
        let (inside, rest) = domain(after);
        let ends = !rest.starts_with(|it: char| it.is_alphanumeric() || "-_".contains(it));
        let is_whole = inside.is_empty() || host.contains('.') || is_of_cluster(inside);
        let port = port(rest);
        let told = port.is_some() || is_quoted(before, rest) || follows_word(before);
        (starts && ends && is_whole && told).then_some(Named { port })
    })
}

/// Splits the rest of a domain such as `.shop.svc.cluster.local` off.
fn domain(after: &str) -> (&str, &str) {
    let is_part = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '.';
    if !after.starts_with('.') {
        return ("", after);
    }
    let end = after.find(|it| !is_part(it)).unwrap_or(after.len());
    let inside = after[..end].trim_end_matches('.');
    after.split_at(inside.len())
}

fn is_of_cluster(domain: &str) -> bool {
    domain.split('.').any(|part| part == "svc")
}

fn port(rest: &str) -> Option<&str> {
    let digits = rest.strip_prefix(':')?;
    let end = digits
        .find(|it: char| !it.is_ascii_digit())
        .unwrap_or(digits.len());
    (2..=5).contains(&end).then(|| &digits[..end])
}

fn is_quoted(before: &str, rest: &str) -> bool {
    let opens = before.ends_with(['"', '\'', '`', '/', '@', '=', '(', '[']);
    let closes =
        rest.is_empty() || rest.starts_with(['"', '\'', '`', '\\', '/', ')', ']', ',', ' ']);
    opens && closes
}

fn follows_word(before: &str) -> bool {
    let word = before.trim_end().rsplit([' ', '(', '"', '\'', ',']).next();
    before.ends_with(' ') && word.is_some_and(|word| BEFORE.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(key: &str, value: &str) -> Vec<String> {
        let found = addresses(key, value).into_iter();
        found
            .map(|it| format!("{} {}", it.host, it.port.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn addresses_are_read_out_of_values() {
        assert_eq!(told("PAYMENT_ADDR", "payments:8080"), ["payments 8080"]);
        assert_eq!(
            told("url", "jdbc:postgresql://app:pw@db.shop:5432/x?ssl=1"),
            ["db.shop 5432"]
        );
        assert_eq!(told("brokers", "k1:9092,k2:9092"), ["k1 9092", "k2 9092"]);
        assert_eq!(told("DB_HOST", "db"), ["db "]);
        for (key, value) in [
            ("MODE", "fast"),
            ("image", "shop:latest"),
            ("TIME", "10:30:00"),
        ] {
            assert_eq!(told(key, value), [""; 0], "{key}");
        }
    }

    #[test]
    fn hosts_are_named_where_they_are_addresses() {
        let port = |text, host| named(text, host).map(|it| it.port.map(str::to_owned));
        assert_eq!(
            port("lookup payments on 10.0.0.1:53: no such host", "payments"),
            Some(None)
        );
        assert_eq!(
            port(
                "dial tcp payment:8081: connect: connection refused",
                "payment"
            ),
            Some(Some("8081".to_owned()))
        );
        assert_eq!(
            port("getaddrinfo enotfound db.shop.svc.cluster.local", "db"),
            Some(None)
        );
        assert_eq!(port("lookup payments-eu: no such host", "payments"), None);
        assert_eq!(port("the cart of the user could not connect", "cart"), None);
        assert_eq!(port("lookup db.example.com: no such host", "db"), None);
    }
}
