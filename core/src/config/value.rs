//! What the values of settings may be, in words.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;

use faultmaven_kit::telemetry::LogFilter;

use super::ByteSize;

/// A type that a setting can have.
pub trait SettingValue: FromStr {
    /// What is accepted, as a refusal tells it.
    const ACCEPTED: &'static str;
}

impl SettingValue for bool {
    const ACCEPTED: &'static str = "true or false";
}

impl SettingValue for u16 {
    const ACCEPTED: &'static str = "a whole number from 0 to 65535";
}

impl SettingValue for u32 {
    const ACCEPTED: &'static str = "a whole number from 0 to 4294967295";
}

impl SettingValue for NonZeroU32 {
    const ACCEPTED: &'static str = "a whole number from 1 to 4294967295";
}

impl SettingValue for usize {
    const ACCEPTED: &'static str = "a whole number from 0";
}

impl SettingValue for f64 {
    const ACCEPTED: &'static str = "a number";
}

impl SettingValue for IpAddr {
    const ACCEPTED: &'static str = "an IP address";
}

impl SettingValue for url::Url {
    const ACCEPTED: &'static str = "a web address";
}

impl SettingValue for ByteSize {
    const ACCEPTED: &'static str = "a number of bytes from 1, optionally in KiB, MiB or GiB";
}

impl SettingValue for LogFilter {
    const ACCEPTED: &'static str = "DEBUG, INFO, WARNING, ERROR or a filter such as info,sqlx=warn";
}

impl SettingValue for PathBuf {
    const ACCEPTED: &'static str = "a path";
}

impl SettingValue for String {
    const ACCEPTED: &'static str = "text";
}
