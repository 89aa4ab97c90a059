//! Data classes and encodings by name.

use faultmaven_analysis::{DataClass, Encoding, LineEnding};
use faultmaven_proto::evidence::v1 as pb;

const CLASSES: [(DataClass, pb::DataClass); 15] = [
    (DataClass::Logs, pb::DataClass::Logs),
    (DataClass::ErrorReport, pb::DataClass::ErrorReport),
    (DataClass::Metrics, pb::DataClass::Metrics),
    (DataClass::Trace, pb::DataClass::Trace),
    (DataClass::Profile, pb::DataClass::Profile),
    (DataClass::Config, pb::DataClass::Config),
    (DataClass::Diff, pb::DataClass::Diff),
    (DataClass::CommandOutput, pb::DataClass::CommandOutput),
    (DataClass::Table, pb::DataClass::Table),
    (DataClass::Code, pb::DataClass::Code),
    (DataClass::Document, pb::DataClass::Document),
    (DataClass::Text, pb::DataClass::Text),
    (DataClass::Image, pb::DataClass::Image),
    (DataClass::Archive, pb::DataClass::Archive),
    (DataClass::Binary, pb::DataClass::Binary),
];

/// The stored name of [`Encoding::Binary`].
pub(crate) const NOT_TEXT: &str = Encoding::Binary.name();

/// Returns the class with this name.
pub(crate) fn parse(name: &str) -> Option<DataClass> {
    let found = CLASSES.iter().find(|(class, _)| class.as_str() == name);
    found.map(|&(class, _)| class)
}

/// Returns the wire form of a stored class.
pub(crate) fn to_wire(name: &str) -> pb::DataClass {
    let found = CLASSES.iter().find(|(class, _)| class.as_str() == name);
    found.map_or(pb::DataClass::Unspecified, |&(_, wire)| wire)
}

/// Returns the class a client named; `None` when it named none or one nobody knows.
pub(crate) fn from_wire(wire: pb::DataClass) -> Option<DataClass> {
    let found = CLASSES.iter().find(|(_, known)| *known == wire);
    found.map(|&(class, _)| class)
}

/// Returns the encoding with this stored name.
pub(crate) fn encoding(name: &str) -> Encoding {
    Encoding::named(name).unwrap_or(Encoding::Binary)
}

/// Returns the stored name of a line ending.
pub(crate) fn line_ending_name(ending: LineEnding) -> &'static str {
    match ending {
        LineEnding::None => "none",
        LineEnding::Lf => "lf",
        LineEnding::Crlf => "crlf",
        LineEnding::Mixed => "mixed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_survives_the_round_trip() {
        for (class, wire) in CLASSES {
            assert_eq!(parse(class.as_str()), Some(class));
            assert_eq!(to_wire(class.as_str()), wire);
            assert_eq!(from_wire(wire), Some(class));
        }
        assert_eq!(from_wire(pb::DataClass::Unspecified), None);
    }
}
