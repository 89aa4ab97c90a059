//! Volumes in memory, whose files count as memory of the container that writes them.

use super::super::{Shown, name};
use crate::structured::json::Node;

/// Reports the volumes in memory of a container that was killed for memory.
pub(super) fn in_memory(pod: &Node, status: &Node, shown: &mut Vec<Shown>) {
    let ends = ["state.terminated.reason", "lastState.terminated.reason"];
    if !ends
        .iter()
        .any(|path| status.text(path) == Some("OOMKilled"))
    {
        return;
    }
    let mut containers = pod.items("spec.containers").iter();
    let described = containers.find(|it| it.text("name") == status.text("name"));
    let mounts = described.map_or(&[][..], |it| it.items("volumeMounts"));
    for volume in pod.items("spec.volumes") {
        let medium = volume.get("emptyDir.medium");
        let Some(medium) = medium.filter(|it| it.as_text() == Some("Memory")) else {
            continue;
        };
        let mount = mounts
            .iter()
            .find(|it| it.text("name") == volume.text("name"));
        let Some(path) = mount.and_then(|it| it.text("mountPath")) else {
            continue;
        };
        let most = volume.written("emptyDir.sizeLimit").unwrap_or("no limit");
        let value = format!(
            "emptyDir {} (medium Memory, {most}) at {path}",
            name_of(volume)
        );
        shown.push(Shown::new(name(pod), "memory_volume", &value, medium.at));
    }
}

fn name_of(volume: &Node) -> &str {
    volume.text("name").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::super::read;
    use crate::structured::json::Node;

    fn told(medium: &str, reason: &str) -> Vec<String> {
        let pod = format!(
            r#"{{"kind":"Pod","metadata":{{"name":"thumbs-1"}},
            "spec":{{"volumes":[{{"name":"scratch","emptyDir":{{{medium}}}}},{{"name":"other","emptyDir":{{"medium":"Memory"}}}}],
              "containers":[{{"name":"thumbs","volumeMounts":[{{"name":"scratch","mountPath":"/scratch"}}]}}]}},
            "status":{{"containerStatuses":[{{"name":"thumbs","ready":true,"lastState":{{"terminated":{{"reason":"{reason}","exitCode":137}}}}}}]}}}}"#
        );
        let shown = read(&Node::parse(&pod).unwrap()).into_iter();
        shown.map(|it| format!("{} {}", it.key, it.value)).collect()
    }

    #[test]
    fn volumes_in_memory_of_a_killed_container_are_told() {
        assert_eq!(
            told(r#""medium":"Memory""#, "OOMKilled"),
            ["memory_volume emptyDir scratch (medium Memory, no limit) at /scratch"]
        );
        assert_eq!(told("", "OOMKilled"), [""; 0]);
        assert_eq!(told(r#""medium":"Memory""#, "Error"), [""; 0]);
    }
}
