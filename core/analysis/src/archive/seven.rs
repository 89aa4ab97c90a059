//! Members of 7z archives.

use std::io::{self, Read, Seek, SeekFrom};

use sevenz_rust2::{ArchiveEntry, ArchiveReader, Error, Password};

use super::{SkipReason, Source, Unpacker};

/// Memory that a dictionary or a list of members may take, in KiB.
const MEMORY_KIB: usize = 128 << 10;
/// Where the attributes hold the mode of other systems.
const UNIX_MODE: u32 = 0x8000;
const LINK: u32 = 0xa;

impl Unpacker<'_, '_> {
    pub(super) fn seven_members(
        &mut self,
        path: &str,
        mut file: impl Read + Seek,
        depth: usize,
    ) -> io::Result<()> {
        // Members are packed together, so that each is measured by the whole.
        let packed = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        let opened = ArchiveReader::new_with_memory_limit(file, Password::empty(), MEMORY_KIB);
        let outcome = opened.and_then(|mut archive| {
            archive.set_thread_count(1);
            archive.for_each_entries(|entry, content| {
                if !entry.is_directory {
                    self.seven_member(path, entry, packed, content, depth)?;
                }
                Ok(true)
            })
        });
        match outcome {
            Ok(()) => Ok(()),
            Err(Error::Io(error, _)) => Err(error),
            Err(Error::PasswordRequired | Error::MaybeBadPassword(_)) => {
                self.skip(path, SkipReason::Encrypted);
                Ok(())
            }
            Err(
                Error::UnsupportedCompressionMethod(_)
                | Error::Unsupported(_)
                | Error::ExternalUnsupported
                | Error::MaxMemLimited { .. },
            ) => {
                self.skip(path, SkipReason::Unsupported);
                Ok(())
            }
            Err(error) => Err(io::Error::other(error.to_string())),
        }
    }

    fn seven_member(
        &mut self,
        path: &str,
        entry: &ArchiveEntry,
        packed: u64,
        content: &mut dyn Read,
        depth: usize,
    ) -> io::Result<()> {
        self.budget.member()?;
        let Some(inner) = self.member_path(path, &entry.name, !is_link(entry)) else {
            return Ok(());
        };
        let content = self.budget.clone().meter(packed, Box::new(content));
        self.member(&inner, Source::Stream(Box::new(content)), depth)
    }
}

fn is_link(entry: &ArchiveEntry) -> bool {
    let attributes = entry.windows_attributes;
    let has_mode = entry.has_windows_attributes && attributes & UNIX_MODE != 0;
    has_mode && attributes >> 28 == LINK
}
