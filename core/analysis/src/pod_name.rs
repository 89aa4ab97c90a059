//! Names of pods, of which the end was made by the cluster.

const CONSONANTS_AND_DIGITS: &[u8] = b"bcdfghjklmnpqrstvwxz0123456789";

/// Returns the workload of a pod such as `orders-7d9f8c-abcde`; nothing when the form is not clear.
pub(crate) fn workload(pod: &str) -> Option<&str> {
    let (rest, end) = pod.rsplit_once('-')?;
    let (stem, hash) = rest.rsplit_once('-')?;
    let is_clear = (6..=10).contains(&hash.len()) && is_made(hash);
    let ends = end.len() == 5
        && end
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    (is_clear && ends && !stem.is_empty()).then_some(stem)
}

/// Returns the workload of a pod, else the name as it is.
pub(crate) fn bare(name: &str) -> &str {
    workload(name).unwrap_or(name)
}

/// Returns whether no person chose this word: it holds a digit, or no vowel at all.
fn is_made(word: &str) -> bool {
    let letters = word.bytes();
    let is_plain = letters
        .clone()
        .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    let has_digit = letters.clone().any(|it| it.is_ascii_digit());
    is_plain
        && (has_digit
            || letters
                .clone()
                .all(|it| CONSONANTS_AND_DIGITS.contains(&it)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_pod_is_no_part_of_its_workload() {
        assert_eq!(workload("orders-7d9f8c-abcde"), Some("orders"));
        assert_eq!(
            workload("frontend-proxy-lcwrdmlvj-dmmn5"),
            Some("frontend-proxy")
        );
        for other in [
            "orders",
            "api-gateway-proxy",
            "web-1",
            "ip-10-0-0-1",
            "db-eu-west1-a1",
        ] {
            assert_eq!(workload(other), None, "{other}");
        }
    }
}
