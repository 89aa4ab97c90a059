//! Objects that are deleted and do not go, because somebody has to let go of them first.

use super::{Shown, condition, name};
use crate::structured::json::Node;

/// Reports what holds an object that was to be deleted.
pub(super) fn read(kind: &str, object: &Node, shown: &mut Vec<Shown>) {
    let Some(since) = object.text("metadata.deletionTimestamp") else {
        return;
    };
    let full = match kind {
        "Pod" => name(object).to_owned(),
        _ => format!("{}/{}", kind.to_ascii_lowercase(), name(object)),
    };
    // A namespace says what is left in it.
    for left in ["NamespaceContentRemaining", "NamespaceFinalizersRemaining"] {
        let told = condition(object, left).filter(|it| it.text("status") == Some("True"));
        if let Some(message) = told.and_then(|it| it.get("message")) {
            let value = message.as_text().unwrap_or_default();
            shown.push(Shown::new(&full, "deletion_held", value, message.at).since(Some(since)));
        }
    }
    let lists = ["metadata.finalizers", "spec.finalizers"];
    let finalizers: Vec<&Node> = lists.iter().flat_map(|list| object.items(list)).collect();
    if let Some(first) = finalizers.first() {
        let names: Vec<&str> = finalizers.iter().filter_map(|it| it.as_text()).collect();
        let value = names.join(", ");
        shown.push(Shown::new(&full, "finalizers", &value, first.at).since(Some(since)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use crate::structured::json::Node;

    fn told(text: &str) -> Vec<String> {
        let shown = read(&Node::parse(text).unwrap()).into_iter();
        shown
            .map(|it| format!("{} {} {}", it.object, it.key, it.value))
            .collect()
    }

    #[test]
    fn who_holds_what_is_to_be_deleted_is_told() {
        let claim = |deleted: &str| {
            format!(
                r#"{{"kind":"PersistentVolumeClaim","metadata":{{"name":"a",{deleted}"finalizers":["kubernetes.io/pvc-protection"]}},"status":{{"phase":"Bound"}}}}"#
            )
        };
        let deleted = r#""deletionTimestamp":"2026-10-12T09:30:00Z","#;
        assert_eq!(
            told(&claim(deleted)),
            ["persistentvolumeclaim/a finalizers kubernetes.io/pvc-protection"]
        );
        assert_eq!(told(&claim("")), [""; 0]);
        let space = r#"{"kind":"Namespace","metadata":{"name":"shop","deletionTimestamp":"2026-10-12T09:30:00Z"},"spec":{"finalizers":["kubernetes"]},
            "status":{"phase":"Terminating","conditions":[{"type":"NamespaceFinalizersRemaining","status":"True","message":"Some content has finalizers remaining: queues.example.org/hold in 1 resource instances"}]}}"#;
        assert_eq!(
            told(space),
            [
                "namespace/shop deletion_held Some content has finalizers remaining: queues.example.org/hold in 1 resource instances",
                "namespace/shop finalizers kubernetes"
            ]
        );
    }
}
