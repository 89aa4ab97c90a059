//! What every module stands on: transport, context, faults, storage, background work, telemetry.

pub mod audit;
pub mod blob;
pub mod cache;
pub mod clock;
pub mod crash;
pub mod ctx;
pub mod db;
pub mod fault;
pub mod front_door;
pub mod id;
pub mod module;
pub mod paging;
pub mod serve;
pub mod signature;
pub mod tasks;
pub mod telemetry;
pub mod text;
pub mod worker;

pub use audit::Audit;
pub use blob::{BlobError, BlobStore, LocalBlobStore, SharedBlobStore, StoredBlob};
pub use cache::{Cache, CacheError, MemoryCache, SharedCache};
pub use clock::{Clock, ManualClock, SharedClock, SystemClock};
pub use ctx::headers::is_request_id;
pub use ctx::{Actor, Caller, Ctx, Role};
pub use db::{Backend, Db, DbConfig, DbError, Migration, MigrationPolicy, Migrations};
pub use fault::{Fault, Violation};
pub use front_door::{Authenticate, FrontDoor};
pub use id::Ids;
pub use module::{Hosted, Module};
pub use paging::{PageToken, page_size};
pub use serve::serve_grpc;
pub use signature::ClusterSecret;
pub use tasks::Tasks;
pub use telemetry::{Telemetry, TelemetryConfig};
pub use tonic::Code;
pub use worker::{JobFailure, JobHandler, RunningJob, Worker};
