//! Moves that are all done, or none.

use std::io;
use std::path::{Path, PathBuf};

/// One path that gets another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) from: PathBuf,
    pub(super) to: PathBuf,
}

/// A move that failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum MoveError {
    /// Everything is where it was.
    #[error("{} could not be moved; nothing was changed", .0.display())]
    UndoneAll(PathBuf, #[source] io::Error),
    /// Some of it is not where it was.
    #[error("{} could not be moved back; it is at {} now", .0.from.display(), .0.to.display())]
    Stuck(Move, #[source] io::Error),
}

/// Does the moves in order; when one fails, takes back those before it.
pub(super) fn all_or_none(
    moves: &[Move],
    rename: impl Fn(&Path, &Path) -> io::Result<()>,
) -> Result<(), MoveError> {
    for (done, next) in moves.iter().enumerate() {
        let Err(error) = rename(&next.from, &next.to) else {
            continue;
        };
        for earlier in moves[..done].iter().rev() {
            rename(&earlier.to, &earlier.from)
                .map_err(|error| MoveError::Stuck(earlier.clone(), error))?;
        }
        return Err(MoveError::UndoneAll(next.from.clone(), error));
    }
    Ok(())
}
