//! Log formats and how one is recognised from the head of a file.

mod detect;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use detect::detect;

use crate::logs::records::Layout;

/// Layout of the lines of a log.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    SyslogRfc3164,
    SyslogRfc5424,
    JsonLines,
    Logfmt,
    AccessLog,
    NginxError,
    ApacheError,
    Log4j,
    PythonLogging,
    GoStd,
    Zap,
    Klog,
    Postgresql,
    Mysql,
    Redis,
    Mongodb,
    Kafka,
    DockerJson,
    Cri,
    Logcat,
    Dmesg,
    Journald,
    Elasticsearch,
    Haproxy,
    WindowsEvent,
    /// A leading time stamp in another layout.
    Timestamped,
    /// Levels but no time stamps.
    Levelled,
}

/// Which parser reads the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Text,
    Json,
    Logfmt,
    Access,
    Cri,
    /// An event takes several lines of fields.
    Record(Layout),
}

/// What was learned about the lines from the head of the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Profile {
    pub(crate) format: Option<LogFormat>,
    pub(crate) family: Family,
    /// Whether a bare word behind the level names the component.
    pub(crate) component_after_level: bool,
    /// Whether a bare number at the start of a line is a time.
    pub(crate) bare_epoch: bool,
    /// Whether lines begin with a time of day that has no date.
    pub(crate) dateless: bool,
    /// Whether a collector wrote the name of the container in front of lines of text.
    pub(crate) named: bool,
    /// Share of sampled lines with a time stamp, 0..1.
    pub(crate) stamped: f32,
    /// Share of sampled lines with a level, 0..1.
    pub(crate) levelled: f32,
    /// Sampled lines with a time stamp or a level.
    pub(crate) headed: usize,
}
