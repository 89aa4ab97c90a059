//! Feature flags in config maps, as flagd and OpenFeature write them.

use super::Shown;
use crate::structured::json::Node;

/// Variants by which a flag does nothing.
const OFF: [&str; 6] = ["off", "false", "disabled", "0", "none", "default"];

/// Reports the flags of a config map that are on although they can be off.
pub(super) fn read(map: &Node, shown: &mut Vec<Shown>) {
    for (_, document) in map.members("data") {
        let Some(parsed) = document.as_text().and_then(Node::parse) else {
            continue;
        };
        for (name, flag) in parsed.members("flags") {
            if let Some(variant) = switched_on(flag) {
                shown.push(Shown::new(name, "flag_on", variant, document.at));
            }
        }
    }
}

/// The variant of a flag that is not off, when it has one for off.
fn switched_on(flag: &Node) -> Option<&str> {
    let variant = flag.written("defaultVariant")?;
    let is_off = |name: &str| OFF.contains(&name.to_ascii_lowercase().as_str());
    let can_be_off = flag
        .members("variants")
        .iter()
        .any(|(name, _)| is_off(name));
    let is_enabled = flag.text("state").is_none_or(|state| state == "ENABLED");
    (is_enabled && can_be_off && !is_off(variant)).then_some(variant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_flags_that_are_on_are_told() {
        let map = |variant: &str| {
            let flags = format!(
                r#"{{\"flags\":{{\"paymentFailure\":{{\"state\":\"ENABLED\",\"variants\":{{\"50%\":0.5,\"off\":0}},\"defaultVariant\":\"{variant}\"}}}}}}"#
            );
            format!(r#"{{"kind":"ConfigMap","data":{{"flags.json":"{flags}"}}}}"#)
        };
        let told = |variant: &str| {
            let text = map(variant);
            let mut shown = Vec::new();
            read(&Node::parse(&text).unwrap(), &mut shown);
            shown.into_iter().map(|it| it.object).collect::<Vec<_>>()
        };
        assert_eq!(told("50%"), ["paymentFailure"]);
        assert_eq!(told("off"), [""; 0]);
    }
}
