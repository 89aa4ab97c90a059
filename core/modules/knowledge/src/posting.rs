//! Where in a document a term stands, packed for storage.

/// One chunk that holds a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) chunk: u32,
    /// Chunks under the same heading have the same section.
    pub(crate) section: u32,
    /// How often the chunk holds the term, weighted by where.
    pub(crate) frequency: u32,
    /// How many words the chunk has.
    pub(crate) length: u32,
}

/// Packs the entries of one term in one document, in the order of the chunks.
#[derive(Debug, Default)]
pub(crate) struct Packer {
    count: u32,
    chunk: u32,
    section: u32,
    bytes: Vec<u8>,
}

impl Packer {
    pub(crate) fn push(&mut self, entry: Entry) {
        let steps = [
            entry.chunk.saturating_sub(self.chunk),
            entry.section.saturating_sub(self.section),
            entry.frequency,
            entry.length,
        ];
        for number in steps {
            write(&mut self.bytes, number);
        }
        self.count += 1;
        (self.chunk, self.section) = (entry.chunk, entry.section);
    }

    /// Returns the packed entries, their number first.
    pub(crate) fn finish(self) -> Vec<u8> {
        let mut packed = Vec::with_capacity(self.bytes.len() + 2);
        write(&mut packed, self.count);
        packed.extend_from_slice(&self.bytes);
        packed
    }
}

/// Returns how many entries were packed.
pub(crate) fn count(mut packed: &[u8]) -> u64 {
    read(&mut packed).map_or(0, u64::from)
}

/// Returns the packed entries.
pub(crate) fn entries(mut packed: &[u8]) -> impl Iterator<Item = Entry> {
    read(&mut packed);
    let (mut chunk, mut section) = (0_u32, 0_u32);
    std::iter::from_fn(move || {
        chunk = chunk.saturating_add(read(&mut packed)?);
        section = section.saturating_add(read(&mut packed)?);
        Some(Entry {
            chunk,
            section,
            frequency: read(&mut packed)?,
            length: read(&mut packed)?,
        })
    })
}

fn write(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read(packed: &mut &[u8]) -> Option<u32> {
    let mut number = 0;
    for shift in (0..32).step_by(7) {
        let (&byte, rest) = packed.split_first()?;
        *packed = rest;
        number |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_as_they_were_packed() {
        let all = [(0, 0, 1, 127), (3, 0, 128, 300), (70_000, 9, 2, u32::MAX)].map(
            |(chunk, section, frequency, length)| Entry {
                chunk,
                section,
                frequency,
                length,
            },
        );
        let mut packer = Packer::default();
        all.into_iter().for_each(|entry| packer.push(entry));
        let packed = packer.finish();
        assert_eq!(count(&packed), 3);
        assert_eq!(entries(&packed).collect::<Vec<_>>(), all);
    }

    #[test]
    fn damaged_bytes_end_the_entries() {
        assert_eq!(count(&[]), 0);
        assert_eq!(entries(&[1, 0x80]).count(), 0);
        assert_eq!(entries(&[1, 0xff, 0xff, 0xff, 0xff, 0xff]).count(), 0);
    }
}
