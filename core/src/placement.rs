//! Which modules run in this process, and where the others are.

use std::str::FromStr;

use crate::config::{SettingError, Source, invalid};

/// The modules in the order they are built: each calls only those before it.
pub const ALL_MODULES: [ModuleName; 9] = [
    ModuleName::Auth,
    ModuleName::Jobs,
    ModuleName::Llm,
    ModuleName::Session,
    ModuleName::Case,
    ModuleName::Evidence,
    ModuleName::Knowledge,
    ModuleName::Report,
    ModuleName::Agent,
];

const GATEWAY: &str = "gateway";

/// A module of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleName {
    /// Turns and the embedded analyst.
    Agent,
    /// Accounts and tokens.
    Auth,
    /// Cases and their ledger.
    Case,
    /// Files, analyses and citations.
    Evidence,
    /// Durable background work.
    Jobs,
    /// Documents and search.
    Knowledge,
    /// Model providers and their cost.
    Llm,
    /// Documents written from cases.
    Report,
    /// Client bookkeeping.
    Session,
}

impl ModuleName {
    /// Returns the name used in settings, tables and packages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Auth => "auth",
            Self::Case => "case",
            Self::Evidence => "evidence",
            Self::Jobs => "jobs",
            Self::Knowledge => "knowledge",
            Self::Llm => "llm",
            Self::Report => "report",
            Self::Session => "session",
        }
    }
}

impl FromStr for ModuleName {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        ALL_MODULES
            .into_iter()
            .find(|module| module.as_str() == name)
            .ok_or(())
    }
}

/// What this process hosts.
#[derive(Debug, Clone)]
pub struct Placement {
    hosted: Vec<ModuleName>,
    gateway: bool,
    addresses: Vec<(ModuleName, String)>,
}

impl Placement {
    /// Returns the placement that `MODULES`, `<MODULE>_URL` and `DEPLOYMENT_MODE` describe.
    pub fn from_source(source: &Source, port: u16) -> Result<Self, SettingError> {
        let names = source.list("MODULES");
        let hosted = parse_modules(&names)?;
        let pattern = address_pattern(source, port)?;
        let addresses = ALL_MODULES
            .into_iter()
            .filter(|module| !hosted.contains(module))
            .map(|module| Ok((module, address(source, module, &pattern)?)))
            .collect::<Result<_, SettingError>>()?;
        Ok(Self {
            gateway: names.is_empty() || names.iter().any(|name| name == GATEWAY),
            hosted,
            addresses,
        })
    }

    /// Returns whether `module` runs in this process.
    pub fn hosts(&self, module: ModuleName) -> bool {
        self.hosted.contains(&module)
    }

    /// Returns whether REST and the web page are served here.
    pub fn hosts_gateway(&self) -> bool {
        self.gateway
    }

    /// Returns whether nothing runs elsewhere.
    pub fn hosts_everything(&self) -> bool {
        self.gateway && self.addresses.is_empty()
    }

    /// Returns where `module` is reached, unless it runs here.
    pub fn address(&self, module: ModuleName) -> Option<&str> {
        self.addresses
            .iter()
            .find(|(name, _)| *name == module)
            .map(|(_, address)| address.as_str())
    }
}

fn parse_modules(names: &[String]) -> Result<Vec<ModuleName>, SettingError> {
    if names.is_empty() {
        return Ok(ALL_MODULES.to_vec());
    }
    names
        .iter()
        .filter(|name| *name != GATEWAY)
        .map(|name| {
            name.parse().map_err(|()| {
                invalid(
                    "MODULES",
                    format!("{name:?} is no module"),
                    "gateway,case,evidence",
                )
            })
        })
        .collect()
}

fn address_pattern(source: &Source, port: u16) -> Result<String, SettingError> {
    let kubernetes = format!(
        "http://fm-{{module}}-service.{}.svc.cluster.local:{port}",
        source.get("K8S_NAMESPACE").unwrap_or("faultmaven")
    );
    let docker = format!("http://fm-{{module}}-service:{port}");
    let local = format!("http://localhost:{port}");
    source
        .one_of(
            "DEPLOYMENT_MODE",
            &[("local", 0), ("docker", 1), ("kubernetes", 2)],
        )
        .map(|mode: usize| [local, docker, kubernetes][mode].clone())
}

fn address(source: &Source, module: ModuleName, pattern: &str) -> Result<String, SettingError> {
    let name = format!("{}_URL", module.as_str().to_uppercase());
    let Some(address) = source.get(&name) else {
        return Ok(pattern.replace("{module}", module.as_str()));
    };
    let url: url::Url = source.required(&name, "http://fm-case-service:8000")?;
    match url.scheme() {
        "http" | "https" => Ok(address.to_owned()),
        _ => Err(invalid(
            &name,
            "is no http address",
            "http://fm-case-service:8000",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_everything_runs_here() {
        let placement = Placement::from_source(&Source::with([]), 8000).unwrap();
        assert!(placement.hosts_everything() && placement.hosts_gateway());
        assert!(
            ALL_MODULES
                .into_iter()
                .all(|module| placement.hosts(module))
        );
    }

    #[test]
    fn modules_elsewhere_have_addresses() {
        let source = Source::with([
            ("MODULES", "gateway,case"),
            ("DEPLOYMENT_MODE", "kubernetes"),
            ("AUTH_URL", "http://auth.internal:9000"),
        ]);
        let placement = Placement::from_source(&source, 8000).unwrap();
        assert!(placement.hosts(ModuleName::Case));
        assert_eq!(placement.address(ModuleName::Case), None);
        assert_eq!(
            placement.address(ModuleName::Auth),
            Some("http://auth.internal:9000")
        );
        assert_eq!(
            placement.address(ModuleName::Jobs),
            Some("http://fm-jobs-service.faultmaven.svc.cluster.local:8000")
        );
    }

    #[test]
    fn an_unknown_module_is_refused() {
        let source = Source::with([("MODULES", "case,billing")]);
        assert!(Placement::from_source(&source, 8000).is_err());
    }
}
