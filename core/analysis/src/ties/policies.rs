//! Network policies, beside the errors of those whom they cut off.

use super::hosts::named;
use super::{Cause, Heard, Known, Tie};
use crate::analysis::{ListedPod, ListedService};
use crate::clues::{ListedPolicy, PolicyRule};
use crate::finding::Severity;

const NAMES_MAX: usize = 3;

/// Returns policies that keep out those whose errors say so.
pub(super) fn ties(known: &Known<'_>) -> Vec<Tie> {
    let pods = known.pods();
    let policies = known.each(|it| &it.clues.policies);
    let mut ties = Vec::new();
    for (file, policy) in policies.iter().copied() {
        let view = View {
            known,
            policy,
            pods: &pods,
            policies: &policies,
        };
        ties.extend(view.kept_out(file));
        ties.extend(view.kept_in(file));
    }
    ties
}

/// A policy, and those beside it.
struct View<'a> {
    known: &'a Known<'a>,
    policy: &'a ListedPolicy,
    pods: &'a [ListedPod],
    policies: &'a [(usize, &'a ListedPolicy)],
}

/// Who is asked in an error.
struct Asked<'a> {
    name: String,
    ports: Vec<String>,
    pods: Vec<&'a ListedPod>,
}

/// Labels whose value is the name of a workload.
const NAME_LABELS: [&str; 4] = ["app", "app.kubernetes.io/name", "k8s-app", "name"];

impl<'a> View<'a> {
    /// The policy does not let in who asks a pod that it selects.
    fn kept_out(&self, file: usize) -> Option<Tie> {
        let rules = self.policy.ingress.as_ref()?;
        let selected: Vec<&ListedPod> = self.selected();
        let cut = |it: &&Heard<'_>| {
            it.is_unreached
                && self
                    .asked(it, &selected)
                    .is_some_and(|asked| self.is_cut(it, &asked))
        };
        let heard: Vec<&Heard<'_>> = self.known.heard.iter().filter(cut).collect();
        let asked = self.asked(heard.first()?, &selected)?;
        let callers = names(heard.iter().filter_map(|it| it.speaker()));
        let statement = format!(
            "networkpolicy/{} lets {} reach {}; {callers} cannot reach {}",
            self.policy.name,
            whom(rules),
            self.policy.selector.words(),
            cut_pods(&asked)
        );
        Some(self.cause(file, statement, asked.name, heard))
    }

    /// The policy does not let the pods that it selects out to whom they ask.
    fn kept_in(&self, file: usize) -> Option<Tie> {
        let rules = self.policy.egress.as_ref()?;
        let selected: Vec<&ListedPod> = self.selected();
        let dns = ["53".to_owned()];
        let asks_in_streams = rules.iter().any(|rule| rule.admits_port(&dns));
        let passes_names = rules.iter().any(|rule| {
            let mut datagrams = rule.datagrams.iter();
            rule.ports.is_empty() || datagrams.any(|it| it == "53" || it.contains("dns"))
        });
        let cut = |it: &&Heard<'_>| {
            let is_own = it
                .speakers()
                .iter()
                .any(|name| self.is_selected(name, &selected));
            let is_nameless = it.is_unresolved && !passes_names;
            is_own && (is_nameless || it.is_unreached && self.is_held_back(it, rules))
        };
        let heard: Vec<&Heard<'_>> = self.known.heard.iter().filter(cut).collect();
        let first = heard.first()?;
        let caller = first.speaker().unwrap_or_default().to_owned();
        let (name, whose) = (&self.policy.name, self.policy.selector.words());
        let statement = if first.is_unresolved && asks_in_streams && !passes_names {
            format!(
                "networkpolicy/{name} lets {whose} out to port 53 over TCP only; names are asked over UDP, which is dropped, so {caller} resolves none"
            )
        } else {
            let whom = whom(rules);
            format!(
                "networkpolicy/{name} lets {whose} reach {whom} only; calls of {caller} to others are dropped"
            )
        };
        Some(self.cause(file, statement, caller, heard))
    }

    fn cause(
        &self,
        file: usize,
        statement: String,
        component: String,
        heard: Vec<&Heard<'_>>,
    ) -> Tie {
        let cause = Cause {
            id: Some("kubernetes.network_policy"),
            severity: Severity::Error,
            statement,
            component,
            file,
            place: &self.policy.place,
            heard,
        };
        cause.tie()
    }

    /// Whether no policy lets in whoever made an error.
    fn is_cut(&self, heard: &Heard<'_>, asked: &Asked<'_>) -> bool {
        let callers = self.callers(heard);
        if callers.is_empty() {
            // A caller that is not listed may be known by its name.
            let of_asked = self.policies.iter().map(|(_, policy)| *policy);
            let mut of_asked = of_asked.filter(|it| {
                asked.pods.iter().any(|pod| it.selects(pod)) || it.selector.names(&asked.name)
            });
            return !of_asked.any(|it| may_let_in(it, heard));
        }
        // Probes that fail come from the node, not from the pod.
        let is_asked = |caller: &&ListedPod| asked.pods.iter().any(|pod| pod.name == caller.name);
        !callers
            .iter()
            .any(|pod| is_asked(pod) || self.is_let_in(pod, asked))
    }

    fn selected(&self) -> Vec<&'a ListedPod> {
        let pods = self.pods.iter();
        pods.filter(|pod| self.policy.selects(pod)).collect()
    }

    fn is_selected(&self, name: &str, selected: &[&ListedPod]) -> bool {
        selected.iter().any(|pod| pod.workload == name)
            || self.pods.is_empty()
                && (self.policy.selector.tests.is_empty() || self.policy.selector.names(name))
    }

    fn services(&self) -> impl Iterator<Item = &'a ListedService> {
        let files = self.known.offers.iter();
        files.flat_map(|it| &it.inventory.services)
    }

    /// Who of the selected is asked in an error.
    fn asked(&self, heard: &Heard<'_>, selected: &[&'a ListedPod]) -> Option<Asked<'a>> {
        let asks = |name: &str, address: Option<&str>| {
            let lower = name.to_lowercase();
            let by_name = named(&heard.lower, &lower).map(|it| it.port.map(ToOwned::to_owned));
            let at = address.and_then(|it| named(&heard.lower, it));
            by_name.or_else(|| at.map(|it| it.port.map(ToOwned::to_owned)))
        };
        let services = self.services().filter(|service| {
            service.namespace == self.policy.namespace && !service.selector.is_empty()
        });
        for service in services {
            let is_behind = |pod: &&&ListedPod| {
                let mut wanted = service.selector.iter();
                wanted.all(|(key, value)| pod.labels.get(key) == Some(value))
            };
            let pods: Vec<&ListedPod> = selected.iter().filter(is_behind).copied().collect();
            let asked = asks(&service.name, service.address.as_deref());
            if let Some(port) = asked.filter(|_| !pods.is_empty()) {
                let targets = service.targets.iter().map(|(target, _)| target.clone());
                return Some(Asked {
                    name: service.name.clone(),
                    ports: port.into_iter().chain(targets).collect(),
                    pods,
                });
            }
        }
        let pod = selected.iter().find_map(|pod| {
            let port = asks(&pod.workload, pod.address.as_deref())?;
            let ports = port.into_iter().chain(pod.ports.iter().cloned());
            Some(Asked {
                name: pod.workload.clone(),
                ports: ports.collect(),
                pods: selected
                    .iter()
                    .filter(|it| it.workload == pod.workload)
                    .copied()
                    .collect(),
            })
        });
        pod.or_else(|| self.asked_by_label(heard))
    }

    /// Without a list of pods, the values of the selector are names.
    fn asked_by_label(&self, heard: &Heard<'_>) -> Option<Asked<'a>> {
        if !self.pods.is_empty() {
            return None;
        }
        let tests = self.policy.selector.tests.iter();
        let mut values = tests.flat_map(|test| &test.values);
        let name = values.find(|value| named(&heard.lower, &value.to_lowercase()).is_some())?;
        Some(Asked {
            name: name.clone(),
            ports: Vec::new(),
            pods: Vec::new(),
        })
    }

    /// The pods that made an error.
    fn callers(&self, heard: &Heard<'_>) -> Vec<&ListedPod> {
        let own = |pod: &&ListedPod| heard.speakers().contains(&pod.workload);
        self.pods.iter().filter(own).collect()
    }

    /// Whether any policy lets a pod in to those that are asked.
    fn is_let_in(&self, caller: &ListedPod, asked: &Asked<'_>) -> bool {
        let of_asked = self.policies.iter().map(|(_, policy)| *policy);
        let mut of_asked = of_asked.filter(|it| asked.pods.iter().any(|pod| it.selects(pod)));
        of_asked.any(|policy| {
            let mut rules = policy.ingress.iter().flatten();
            rules.any(|rule| rule.admits(&policy.namespace, caller, &asked.ports))
        })
    }

    /// Whether no rule lets calls through to whoever an error names.
    fn is_held_back(&self, heard: &Heard<'_>, rules: &[PolicyRule]) -> bool {
        let mut targets = self.pods.iter().filter(|pod| {
            let name = pod.workload.to_lowercase();
            named(&heard.lower, &name).is_some()
        });
        let is_let_out = |pod: &ListedPod| {
            let ports: Vec<String> = pod.ports.iter().cloned().collect();
            let mut rules = rules.iter();
            rules.any(|rule| rule.admits(&self.policy.namespace, pod, &ports))
        };
        rules.is_empty() || targets.any(|pod| !is_let_out(pod))
    }
}

/// Whether a rule of a policy may let in who made an error, by the name alone.
fn may_let_in(policy: &ListedPolicy, heard: &Heard<'_>) -> bool {
    policy.ingress.iter().flatten().any(|rule| {
        let may_be = |peer: &crate::clues::Peer| {
            let Some(pods) = &peer.pods else { return true };
            let by_name = |test: &crate::clues::LabelTest| NAME_LABELS.contains(&test.key.as_str());
            !pods.tests.iter().any(by_name) || heard.speakers().iter().any(|it| pods.names(it))
        };
        rule.peers.is_empty() || rule.peers.iter().any(may_be)
    })
}

fn cut_pods(asked: &Asked<'_>) -> String {
    let pods = names(asked.pods.iter().map(|pod| pod.name.as_str()));
    if pods.is_empty() || pods == asked.name {
        asked.name.clone()
    } else {
        format!("{} (pods {pods})", asked.name)
    }
}

fn whom(rules: &[PolicyRule]) -> String {
    if rules.is_empty() {
        return "nobody".to_owned();
    }
    let words: Vec<String> = rules
        .iter()
        .take(NAMES_MAX)
        .map(PolicyRule::words)
        .collect();
    format!("only {}", words.join("; "))
}

/// The first few different names, in order.
fn names<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let mut told: Vec<&str> = Vec::new();
    for name in all {
        if !told.contains(&name) && told.len() < NAMES_MAX {
            told.push(name);
        }
    }
    told.join(", ")
}
