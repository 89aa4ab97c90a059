//! Which modules run in this process, and where the others are.

use std::net::IpAddr;
use std::str::FromStr;

use url::{Host, Url};

use crate::config::{ServerSettings, SettingError, Source, invalid};

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
const EXAMPLE: &str = "http://fm-case-service:8000";

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
    pub fn from_source(source: &Source, server: &ServerSettings) -> Result<Self, SettingError> {
        let names = source.list("MODULES");
        let hosted = parse_modules(&names)?;
        let pattern = address_pattern(source, server.port)?;
        let addresses: Vec<(ModuleName, String)> = ALL_MODULES
            .into_iter()
            .filter(|module| !hosted.contains(module))
            .map(|module| Ok((module, address(source, module, &pattern)?)))
            .collect::<Result<_, SettingError>>()?;
        refuse_itself(&addresses, server)?;
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
    let name = address_setting(module);
    let Some(address) = source.get(&name) else {
        return Ok(pattern.replace("{module}", module.as_str()));
    };
    let url: Url = source.required(&name, EXAMPLE)?;
    match url.scheme() {
        "http" | "https" => Ok(address.to_owned()),
        _ => Err(invalid(&name, "is no http address", EXAMPLE)),
    }
}

/// Returns the setting that says where a module is.
pub(crate) fn address_setting(module: ModuleName) -> String {
    format!("{}_URL", module.as_str().to_uppercase())
}

/// Refuses modules that are not hosted here and would be looked for here all the same.
fn refuse_itself(
    addresses: &[(ModuleName, String)],
    server: &ServerSettings,
) -> Result<(), SettingError> {
    let itself = addresses.iter().find(|(_, it)| is_own(it, server));
    let Some((module, address)) = itself else {
        return Ok(());
    };
    let name = module.as_str();
    Err(invalid(
        &address_setting(*module),
        format!(
            "the {name} module is not hosted here, but {address} is this process; name the process \
             that hosts it, or add it to MODULES"
        ),
        EXAMPLE,
    ))
}

/// Returns whether an address leads to what `server` listens on.
fn is_own(address: &str, server: &ServerSettings) -> bool {
    let Ok(url) = address.parse::<Url>() else {
        return false;
    };
    let is_here = |it: IpAddr| it == server.host || (it.is_loopback() && serves_loopback(server));
    let host_is_own = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" && serves_loopback(server),
        Some(Host::Ipv4(it)) => is_here(it.into()),
        Some(Host::Ipv6(it)) => is_here(it.into()),
        None => false,
    };
    host_is_own && server.port != 0 && url.port_or_known_default() == Some(server.port)
}

fn serves_loopback(server: &ServerSettings) -> bool {
    server.host.is_loopback() || server.host.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placement(pairs: &[(&str, &str)]) -> Result<Placement, SettingError> {
        let source = Source::with(pairs.iter().copied());
        Placement::from_source(&source, &ServerSettings::from_source(&source)?)
    }

    #[test]
    fn by_default_everything_runs_here() {
        let placement = placement(&[]).unwrap();
        assert!(placement.hosts_everything() && placement.hosts_gateway());
        assert!(
            ALL_MODULES
                .into_iter()
                .all(|module| placement.hosts(module))
        );
    }

    #[test]
    fn modules_elsewhere_have_addresses() {
        let placement = placement(&[
            ("MODULES", "gateway,case"),
            ("DEPLOYMENT_MODE", "kubernetes"),
            ("AUTH_URL", "http://auth.internal:9000"),
        ])
        .unwrap();
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
        assert!(placement(&[("MODULES", "case,billing")]).is_err());
    }

    #[test]
    fn a_process_that_would_call_itself_for_what_it_does_not_host_is_refused() {
        let error = placement(&[("MODULES", "case,evidence")]).unwrap_err();
        assert!(error.to_string().starts_with("AUTH_URL: "), "{error}");
        assert!(error.to_string().contains("MODULES"), "{error}");
        let all_but_auth = "gateway,jobs,llm,session,case,evidence,knowledge,report,agent";
        let elsewhere =
            |host, url| placement(&[("MODULES", all_but_auth), ("HOST", host), ("AUTH_URL", url)]);
        for (host, url) in [
            ("127.0.0.1", "http://localhost:8000"),
            ("0.0.0.0", "http://127.0.0.1:8000"),
            ("::1", "http://[::1]:8000"),
            ("10.0.0.7", "http://10.0.0.7:8000"),
        ] {
            assert!(elsewhere(host, url).is_err(), "{host} {url}");
        }
        for (host, url) in [
            ("127.0.0.1", "http://localhost:8001"),
            ("10.0.0.7", "http://localhost:8000"),
            ("0.0.0.0", "http://10.0.0.7:8000"),
        ] {
            assert!(elsewhere(host, url).is_ok(), "{host} {url}");
        }
    }
}
