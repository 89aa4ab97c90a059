//! Names that the data hold, brought into one form.

use faultmaven_proto::evidence::v1::Entity;

/// Returns the names of a kind, those with most errors first; hosts lose scheme and path.
pub(crate) fn named(entities: &[Entity], kind: &str) -> Vec<Entity> {
    let mut named: Vec<Entity> = Vec::new();
    for entity in entities.iter().filter(|entity| is_of_kind(entity, kind)) {
        let value = bare(&entity.value);
        match named.iter_mut().find(|known| known.value == value) {
            Some(known) => {
                known.count += entity.count;
                known.error_count += entity.error_count;
            }
            None => named.push(Entity {
                value: value.to_owned(),
                ..entity.clone()
            }),
        }
    }
    named.sort_by_key(|entity| std::cmp::Reverse((entity.error_count, entity.count)));
    named
}

/// An address is an address where it stands for a host, too.
fn is_of_kind(entity: &Entity, kind: &str) -> bool {
    let is_address = || bare(&entity.value).parse::<std::net::IpAddr>().is_ok();
    entity.kind == kind || kind == "ip" && entity.kind == "host" && is_address()
}

fn bare(value: &str) -> &str {
    match value.split_once("://") {
        Some((_, rest)) => rest.split(['/', '?']).next().unwrap_or(rest),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_host_are_one_host() {
        let entity = |value: &str, errors: i64| Entity {
            kind: "host".to_owned(),
            value: value.to_owned(),
            count: 10,
            error_count: errors,
        };
        let all = [
            entity("shop.example.com", 4),
            entity("http://10.0.3.17:8080/cart", 3),
            entity("http://10.0.3.17:8080/?page=2", 2),
        ];
        let named = named(&all, "host");
        let rows: Vec<(&str, i64)> = named
            .iter()
            .map(|it| (it.value.as_str(), it.error_count))
            .collect();
        assert_eq!(rows, [("10.0.3.17:8080", 5), ("shop.example.com", 4)]);
    }

    #[test]
    fn an_address_that_stands_for_a_host_is_an_address() {
        let entity = |kind: &str, value: &str| Entity {
            kind: kind.to_owned(),
            value: value.to_owned(),
            count: 2,
            error_count: 0,
        };
        let all = [
            entity("ip", "10.0.3.17"),
            entity("host", "10.0.3.17"),
            entity("host", "web-1"),
        ];
        let named = named(&all, "ip");
        assert_eq!((named.len(), named[0].count), (1, 4));
    }
}
