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
                if entry.is_directory {
                    return Ok(true);
                }
                Ok(self.seven_member(path, entry, packed, content, depth)?)
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

    /// Returns whether the members packed together with it are read too.
    fn seven_member(
        &mut self,
        path: &str,
        entry: &ArchiveEntry,
        packed: u64,
        content: &mut dyn Read,
        depth: usize,
    ) -> io::Result<bool> {
        self.budget.member()?;
        let mut content = self.budget.clone().meter(packed, Box::new(content));
        if let Some(inner) = self.member_path(path, &entry.name, !is_link(entry)) {
            self.member(&inner, Source::Stream(Box::new(&mut content)), depth)?;
        }
        // What nobody read is unpacked all the same on the way to what follows, and counts.
        match io::copy(&mut content, &mut io::sink()) {
            Ok(_) => Ok(true),
            Err(error) if self.budget.is_spent() => Err(error),
            Err(error) => {
                let reason = self.reason(&error);
                self.skip(&format!("{path}/… behind {}", entry.name), reason);
                Ok(false)
            }
        }
    }
}

fn is_link(entry: &ArchiveEntry) -> bool {
    let attributes = entry.windows_attributes;
    let has_mode = entry.has_windows_attributes && attributes & UNIX_MODE != 0;
    has_mode && attributes >> 28 == LINK
}
