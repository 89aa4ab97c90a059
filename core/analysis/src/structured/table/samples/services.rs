//! Tells the services in names of columns such as `cart_cpu` and `checkout_cpu`.

use std::collections::{BTreeMap, BTreeSet};

const JOINTS: [char; 4] = ['_', '.', '/', ':'];

/// Returns the service of each column, as far as the names tell it.
pub(super) fn services(header: &[String]) -> Vec<Option<String>> {
    let mut owners: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (service, metric) in header.iter().flat_map(|name| splits(name)) {
        owners.entry(metric).or_default().insert(service);
    }
    // What stands behind the same metric of another service is a service.
    let is_shared = |metric: &str| owners.get(metric).is_some_and(|it| it.len() >= 2);
    header
        .iter()
        .map(|name| {
            let mut known = splits(name).filter(|(_, metric)| is_shared(metric));
            known.next().map(|(service, _)| service.to_owned())
        })
        .collect()
}

/// Ways to split a name in two, the shortest service first.
fn splits(name: &str) -> impl Iterator<Item = (&str, &str)> {
    name.match_indices(JOINTS).filter_map(|(at, joint)| {
        let (service, metric) = (&name[..at], &name[at + joint.len()..]);
        let has_letter = service.contains(|letter: char| letter.is_ascii_alphabetic());
        (has_letter && !metric.is_empty()).then_some((service, metric))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(header: &[&str]) -> Vec<String> {
        let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        let found = services(&header).into_iter();
        found.map(Option::unwrap_or_default).collect()
    }

    #[test]
    fn a_service_is_what_metrics_of_one_name_are_told_apart_by() {
        let wide = [
            "time",
            "cart_cpu",
            "cart_mem",
            "front-end_cpu",
            "front-end_mem",
        ];
        assert_eq!(told(&wide), ["", "cart", "cart", "front-end", "front-end"]);
        let joined = [
            "service_a_cpu",
            "service_b_cpu",
            "service_a_mem_used",
            "service_b_mem_used",
        ];
        assert_eq!(
            told(&joined),
            ["service_a", "service_b", "service_a", "service_b"]
        );
        assert_eq!(told(&["cpu_user", "cpu_system", "mem_free"]), ["", "", ""]);
    }
}
