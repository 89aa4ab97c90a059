//! Settings of providers that this version does not have.

/// Names that deployments use for them; `AWS_…` is left out, for other programs are meant too.
const WITHOUT_EFFECT: [(&str, &[&str]); 7] = [
    (
        "S3",
        &["S3_BUCKET_NAME", "S3_ENDPOINT_URL", "S3_FORCE_PATH_STYLE"],
    ),
    ("Qdrant", &["QDRANT_URL", "QDRANT_API_KEY"]),
    ("Chroma", &["CHROMA_URL", "CHROMA_HOST", "CHROMA_PORT"]),
    (
        "Pinecone",
        &[
            "PINECONE_API_KEY",
            "PINECONE_INDEX_NAME",
            "PINECONE_ENVIRONMENT",
            "PINECONE_HOST",
        ],
    ),
    (
        "embeddings by a model",
        &["COHERE_API_KEY", "EMBEDDING_MODEL", "EMBEDDING_MODEL_PATH"],
    ),
    (
        "single sign-on",
        &[
            "OIDC_ISSUER",
            "OIDC_CLIENT_ID",
            "OIDC_CLIENT_SECRET",
            "OIDC_AUDIENCE",
            "AUTH0_DOMAIN",
            "AUTH0_CLIENT_ID",
            "AUTH0_CLIENT_SECRET",
            "AUTH0_AUDIENCE",
        ],
    ),
    (REDIS, &["REDIS_MASTER_SET"]),
];

/// Names without which Redis would be looked for in the wrong place.
const REFUSED: [&str; 2] = ["REDIS_SENTINEL_HOSTS", "REDIS_CLUSTER_NODES"];
const REDIS: &str = "Redis Sentinel and Cluster";

/// A setting that is set and changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ignored {
    /// The variable.
    pub name: &'static str,
    /// What it belongs to.
    pub provider: &'static str,
}

/// Returns what a name belongs to, if that is not there in this version.
pub(super) fn find(name: &str) -> Option<Ignored> {
    let refused = REFUSED.iter().map(|it| (it, REDIS));
    let groups = WITHOUT_EFFECT.iter();
    groups
        .flat_map(|(provider, names)| names.iter().map(|it| (it, *provider)))
        .chain(refused)
        .find(|(known, _)| **known == name)
        .map(|(name, provider)| Ignored { name, provider })
}

impl Ignored {
    /// Returns whether the program must not start without it.
    pub(super) fn is_refused(self) -> bool {
        REFUSED.contains(&self.name)
    }

    /// Returns what to tell people.
    pub(crate) fn in_words(self) -> String {
        format!(
            "{} is set and has no effect: this version has no {}",
            self.name, self.provider
        )
    }
}
