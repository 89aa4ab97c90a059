//! Addresses: of clients as limits count them, and of hosts by how far they are.

use std::net::{IpAddr, Ipv6Addr};

/// Whoever has one IPv6 address has at least the other 2^64 of its network too.
const NETWORK_BITS: u32 = 64;
/// Endings of names that the public name system does not know.
const PRIVATE_ENDINGS: [&str; 7] = [
    "corp",
    "home",
    "internal",
    "lan",
    "local",
    "localhost",
    "svc",
];

/// Returns what a limit per client counts: an IPv4 address as it is, the /64 of an IPv6 address.
pub fn client_network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(address)) => {
            let network = address.to_bits() & (u128::MAX << NETWORK_BITS);
            format!("{}/{NETWORK_BITS}", Ipv6Addr::from_bits(network))
        }
        Err(_) => address.to_owned(),
    }
}

/// Returns whether a host of an address, with or without brackets, is this machine itself.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = host.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|it| it.to_canonical().is_loopback())
}

/// Returns whether a host, with or without brackets, is this machine or of its private network: by its
/// address, or by a name that only such a network gives.
pub fn is_private(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => {
            let [first, second, ..] = ip.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || is_shared
        }
        Ok(IpAddr::V6(ip)) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()
        }
        Err(_) => is_private_name(&host.to_ascii_lowercase()),
    }
}

fn is_private_name(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default();
    // What begins with a digit may be an address in disguise.
    let is_single = ending == name && ending.starts_with(|it: char| it.is_ascii_alphabetic());
    is_single || PRIVATE_ENDINGS.contains(&ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ones_own_is_known_by_addresses_and_names() {
        for host in [
            "localhost",
            "127.0.0.1",
            "10.2.3.4",
            "172.16.0.9",
            "192.168.1.1",
            "169.254.3.3",
            "100.100.0.1",
            "[fd00::5]",
            "fe80::1",
            "db",
            "DB",
            "db.lan",
            "fm-auth-service.faultmaven.svc.cluster.local",
            "redis.cache.svc",
        ] {
            assert!(is_private(host), "{host}");
        }
        for host in [
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "[2001:4860:4860::8888]",
            "::ffff:8.8.8.8",
            "db.example.org",
            "local.example.org",
            "134744072",
            "0x8080808",
            "",
        ] {
            assert!(!is_private(host), "{host}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for host in ["localhost", "127.0.0.1", "127.8.0.1", "::1", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example.org", "10.0.0.1", "[2001:db8::1]", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn neighbours_count_as_one_client_only_in_ipv6() {
        for (address, network) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
            ("unix", "unix"),
        ] {
            assert_eq!(client_network(address), network);
        }
    }
}
