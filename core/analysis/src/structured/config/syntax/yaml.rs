//! Whether a text is YAML; what its keys mean is not looked at.

use granit_parser::{ErrorKind, Parser};

use super::Problem;

/// Returns where a text stops to be YAML.
pub(super) fn check(text: &str) -> Option<Problem> {
    let error = Parser::new_from_str(text).find_map(Result::err)?;
    let words = told(error.kind())?;
    let place = error.marker();
    Some(Problem {
        line: place.line(),
        column: place.col() + 1,
        text: words.to_owned(),
    })
}

/// Says what is wrong; nothing when a bound of the parser was met.
fn told(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::RecursionLimitExceeded
        | ErrorKind::AnchorCountOverflow
        | ErrorKind::InputByteLimitExceeded { .. }
        | ErrorKind::DirectiveByteLimitExceeded { .. }
        | ErrorKind::TooManyReservedDirectiveParams { .. } => return None,
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => "a tab stands where blanks must indent",
        ErrorKind::MappingValueNotAllowed => "a value stands here already; check the indentation",
        ErrorKind::MappingKeyNotAllowed
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::InvalidIndentation => "no key may stand here; check the indentation",
        ErrorKind::ExpectedBlockSequenceEntry | ErrorKind::BlockSequenceEntryNotAllowed => {
            "no list item may stand here; check the indentation"
        }
        ErrorKind::InvalidSimpleKey | ErrorKind::SimpleKeyExpected => {
            "a colon is missing behind the key"
        }
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            "the closing quote of a text is missing"
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => "a closing bracket or brace is missing",
        ErrorKind::MisplacedFlowCollectionEnd | ErrorKind::MismatchedFlowCollectionEnd { .. } => {
            "a closing bracket or brace stands without its opening one"
        }
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => {
            "a comma or a closing bracket is missing in front of this"
        }
        ErrorKind::UnknownAnchor => "an alias names an anchor that does not exist",
        ErrorKind::UnknownQuotedScalarEscape => {
            "a backslash is followed by a letter it cannot escape; use single quotes"
        }
        ErrorKind::UnexpectedCharacter { .. } => {
            "a text may not start with this character; put it into quotes"
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar => "text stands behind the closing quote",
        _ => "the text does not fit the grammar from here on",
    })
}
