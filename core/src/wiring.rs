//! Builds every hosted module bottom-up and dials the others.

mod databases;
mod settings;

use std::error::Error;
use std::sync::Arc;

use faultmaven_gateway::Modules;
use faultmaven_kit::{
    Audit, Db, FallbackCache, Hosted, Ids, LocalBlobStore, MemoryCache, Module, Redis, RedisCache,
    SharedBlobStore, SharedCache, SharedClock, Tasks,
};

use self::databases::{Databases, NotUsable};
use self::settings::{models, registration};
use crate::catalogue_dir;
use crate::config::Settings;
use crate::placement::ModuleName;

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// What is shared by the modules of one process.
pub(crate) struct Base<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) tasks: &'a Tasks,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    pub(crate) redis: Option<Redis>,
    /// Asked of whoever creates the first account, when the server listens beyond loopback.
    pub(crate) setup_token: Option<String>,
}

/// The modules of one process, and the way to all of them.
pub(crate) struct Wired {
    pub(crate) hosted: Vec<Hosted>,
    pub(crate) modules: Modules,
    pub(crate) databases: Vec<Db>,
}

/// Builds the hosted modules in call order.
pub(crate) async fn wire(base: &Base<'_>) -> Result<Wired, BoxError> {
    let mut wiring = Wiring::new(base).await?;
    let auth = wiring.auth().await?;
    let audit = Audit::start(base.tasks, auth.clone());
    let jobs = wiring.jobs(&audit).await?;
    let llm = wiring.llm().await?;
    let session = wiring.session().await?;
    let case = wiring.case(&audit).await?;
    let evidence = wiring.evidence(&audit, &case, &jobs).await?;
    let knowledge = wiring.knowledge(&auth, &audit).await?;
    let report = wiring
        .report(&auth, &audit, &case, &evidence, &knowledge, &jobs)
        .await?;
    let agent = wiring
        .agent(&case, &evidence, &knowledge, &llm, &report, &jobs)
        .await?;
    Ok(Wired {
        hosted: wiring.hosted,
        databases: wiring.databases.opened(),
        modules: Modules {
            agent,
            auth,
            case,
            evidence,
            jobs,
            knowledge,
            llm,
            report,
            session,
        },
    })
}

/// Brings the tables of the hosted modules up to date, without building a module.
pub(crate) async fn migrate(settings: &Settings) -> Result<(), BoxError> {
    let mut databases = Databases::default();
    for (name, migrations) in [
        (ModuleName::Jobs, faultmaven_jobs::migrations()),
        (ModuleName::Auth, faultmaven_auth::migrations()),
        (ModuleName::Llm, faultmaven_llm::migrations()),
        (ModuleName::Session, faultmaven_session::migrations()),
        (ModuleName::Case, faultmaven_case::migrations()),
        (ModuleName::Evidence, faultmaven_evidence::migrations()),
        (ModuleName::Knowledge, faultmaven_knowledge::migrations()),
        (ModuleName::Report, faultmaven_report::migrations()),
    ] {
        if settings.placement.hosts(name) {
            let db = databases.of(settings, name).await?;
            db.migrate(migrations).await?;
        }
    }
    for db in databases.opened() {
        db.close().await?;
    }
    Ok(())
}

struct Wiring<'a> {
    base: &'a Base<'a>,
    databases: Databases,
    cache: SharedCache,
    hosted: Vec<Hosted>,
}

impl<'a> Wiring<'a> {
    async fn new(base: &'a Base<'a>) -> Result<Self, BoxError> {
        Ok(Self {
            databases: Databases::default(),
            cache: cache(base),
            hosted: Vec::new(),
            base,
        })
    }

    async fn jobs(&mut self, audit: &Audit) -> Result<Module, BoxError> {
        let Some(db) = self.database(ModuleName::Jobs).await? else {
            return self.remote(ModuleName::Jobs);
        };
        let deps = faultmaven_jobs::Deps {
            db,
            clock: self.clock(),
            ids: self.ids(),
            tasks: self.tasks(),
            audit: audit.clone(),
        };
        let hosted = faultmaven_jobs::build(faultmaven_jobs::Config::default(), deps).await?;
        Ok(self.host(hosted))
    }

    async fn auth(&mut self) -> Result<Module, BoxError> {
        let Some(db) = self.database(ModuleName::Auth).await? else {
            return self.remote(ModuleName::Auth);
        };
        let settings = self.base.settings;
        let config = faultmaven_auth::Config {
            issuer: settings.server.public_url.clone(),
            access_ttl: settings.accounts.access_ttl,
            refresh_ttl: settings.accounts.refresh_ttl,
            key_dir: settings.storage.data_dir.join("keys"),
            jwt_secret: settings.accounts.jwt_secret.clone(),
            registration: registration(settings.accounts.registration),
            auth_required: settings.accounts.auth_required,
            setup_token: self.base.setup_token.clone(),
            dev_login: settings.accounts.dev_login,
            redirect_addresses: settings.accounts.redirect_addresses.clone(),
            ..faultmaven_auth::Config::default()
        };
        let deps = faultmaven_auth::Deps {
            db,
            cache: Arc::clone(&self.cache),
            clock: self.clock(),
            ids: self.ids(),
            tasks: self.tasks(),
        };
        let hosted = faultmaven_auth::build(config, deps).await?;
        Ok(self.host(hosted))
    }

    async fn llm(&mut self) -> Result<Module, BoxError> {
        let Some(db) = self.database(ModuleName::Llm).await? else {
            return self.remote(ModuleName::Llm);
        };
        let deps = faultmaven_llm::Deps {
            db,
            clock: self.clock(),
            ids: self.ids(),
            tasks: self.tasks(),
        };
        let config = models(self.base.settings);
        let hosted = faultmaven_llm::build(config, deps).await?;
        Ok(self.host(hosted))
    }

    async fn session(&mut self) -> Result<Module, BoxError> {
        let Some(db) = self.database(ModuleName::Session).await? else {
            return self.remote(ModuleName::Session);
        };
        let deps = faultmaven_session::Deps {
            db,
            clock: self.clock(),
            ids: self.ids(),
            tasks: self.tasks(),
        };
        let config = faultmaven_session::Config::default();
        let hosted = faultmaven_session::build(config, deps).await?;
        Ok(self.host(hosted))
    }

    async fn case(&mut self, audit: &Audit) -> Result<Module, BoxError> {
        let Some(db) = self.database(ModuleName::Case).await? else {
            return self.remote(ModuleName::Case);
        };
        let deps = faultmaven_case::Deps {
            db,
            clock: self.clock(),
            ids: self.ids(),
            tasks: self.tasks(),
            audit: audit.clone(),
        };
        let config = faultmaven_case::Config {
            delete_grace: self.base.settings.storage.delete_grace,
            ..faultmaven_case::Config::default()
        };
        let hosted = faultmaven_case::build(config, deps).await?;
        Ok(self.host(hosted))
    }

    async fn evidence(
        &mut self,
        audit: &Audit,
        case: &Module,
        jobs: &Module,
    ) -> Result<Module, BoxError> {
        let Some(db) = self.database(ModuleName::Evidence).await? else {
            return self.remote(ModuleName::Evidence);
        };
        let settings = self.base.settings;
        let config = faultmaven_evidence::Config {
            max_upload_bytes: settings.storage.max_upload_bytes,
            max_unpacked_bytes: settings.storage.max_unpacked_bytes,
            max_archive_members: settings.storage.max_archive_members,
            analysis_concurrency: settings.analysis_concurrency,
            ..faultmaven_evidence::Config::default()
        };
        let uploads = settings.storage.uploads_dir.clone();
        let blobs = LocalBlobStore::open(&uploads).await;
        let blobs = blobs.map_err(|error| {
            NotUsable::new(format!("STORAGE_PATH {}", uploads.display()), error)
        })?;
        let blobs: SharedBlobStore = Arc::new(blobs);
        let own = settings.storage.catalogue_dir.as_deref();
        let signatures = catalogue_dir::source(own)
            .map_err(|error| NotUsable::new("CATALOGUE_DIR".to_owned(), error))?;
        let deps = faultmaven_evidence::Deps {
            db,
            blobs,
            clock: self.clock(),
            ids: self.ids(),
            tasks: self.tasks(),
            audit: audit.clone(),
            case: case.clone(),
            jobs: jobs.clone(),
            signatures,
            documents: settings.documents.extractor()?,
        };
        let hosted = faultmaven_evidence::build(config, deps).await?;
        Ok(self.host(hosted))
    }

    async fn knowledge(&mut self, auth: &Module, audit: &Audit) -> Result<Module, BoxError> {
        let Some(db) = self.database(ModuleName::Knowledge).await? else {
            return self.remote(ModuleName::Knowledge);
        };
        let deps = faultmaven_knowledge::Deps {
            db,
            clock: self.clock(),
            ids: self.ids(),
            audit: audit.clone(),
            documents: self.base.settings.documents.extractor()?,
            auth: auth.clone(),
        };
        let config = faultmaven_knowledge::Config::default();
        let hosted = faultmaven_knowledge::build(config, deps).await?;
        Ok(self.host(hosted))
    }

    async fn report(
        &mut self,
        auth: &Module,
        audit: &Audit,
        case: &Module,
        evidence: &Module,
        knowledge: &Module,
        jobs: &Module,
    ) -> Result<Module, BoxError> {
        let Some(db) = self.database(ModuleName::Report).await? else {
            return self.remote(ModuleName::Report);
        };
        let deps = faultmaven_report::Deps {
            db,
            clock: self.clock(),
            ids: self.ids(),
            tasks: self.tasks(),
            audit: audit.clone(),
            auth: auth.clone(),
            case: case.clone(),
            evidence: evidence.clone(),
            knowledge: knowledge.clone(),
            jobs: jobs.clone(),
        };
        let hosted = faultmaven_report::build(faultmaven_report::Config::default(), deps).await?;
        Ok(self.host(hosted))
    }

    async fn agent(
        &mut self,
        case: &Module,
        evidence: &Module,
        knowledge: &Module,
        llm: &Module,
        report: &Module,
        jobs: &Module,
    ) -> Result<Module, BoxError> {
        if !self.base.settings.placement.hosts(ModuleName::Agent) {
            return self.remote(ModuleName::Agent);
        }
        let deps = faultmaven_agent::Deps {
            clock: self.clock(),
            ids: self.ids(),
            tasks: self.tasks(),
            case: case.clone(),
            evidence: evidence.clone(),
            knowledge: knowledge.clone(),
            llm: llm.clone(),
            report: report.clone(),
            jobs: jobs.clone(),
        };
        let settings = self.base.settings;
        let hosts_models = settings.placement.hosts(ModuleName::Llm);
        let config = faultmaven_agent::Config {
            // The process that hosts the models alone knows whether there are any.
            models: !hosts_models || !settings.models.providers.is_empty(),
            ..faultmaven_agent::Config::default()
        };
        let hosted = faultmaven_agent::build(config, deps).await?;
        Ok(self.host(hosted))
    }

    fn host(&mut self, hosted: Hosted) -> Module {
        let module = hosted.module();
        self.hosted.push(hosted);
        module
    }

    fn remote(&self, name: ModuleName) -> Result<Module, BoxError> {
        let settings = self.base.settings;
        let address = settings.placement.address(name).unwrap_or_default();
        let secret = settings.cluster_secret.clone();
        let module = Module::remote(name.as_str(), address, secret)?;
        Ok(match settings.limits.breaker {
            Some(breaker) => module.with_breaker(breaker),
            None => module,
        })
    }

    /// Returns the database of a module, unless the module runs elsewhere.
    async fn database(&mut self, name: ModuleName) -> Result<Option<Db>, BoxError> {
        if !self.base.settings.placement.hosts(name) {
            return Ok(None);
        }
        self.databases.of(self.base.settings, name).await.map(Some)
    }

    fn clock(&self) -> SharedClock {
        Arc::clone(&self.base.clock)
    }

    fn ids(&self) -> Ids {
        self.base.ids.clone()
    }

    fn tasks(&self) -> Tasks {
        self.base.tasks.clone()
    }
}

/// Returns the cache of all processes when there is Redis, else that of this one.
fn cache(base: &Base<'_>) -> SharedCache {
    let memory: SharedCache = Arc::new(MemoryCache::new(Arc::clone(&base.clock)));
    match &base.redis {
        Some(redis) => {
            let redis = Arc::new(RedisCache::new(redis.clone()));
            Arc::new(FallbackCache::new(redis, memory))
        }
        None => memory,
    }
}
