//! Streaming decompression of gzip with limits.

use std::io::{ErrorKind, Read};

use flate2::read::MultiGzDecoder;

const CHUNK: usize = 64 * 1024;
/// Bytes before which the ratio is not judged.
const RATIO_FLOOR: u64 = 1 << 20;

/// Bounds on what a compressed stream may unpack to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GunzipLimits {
    /// Largest unpacked size in bytes.
    pub max_bytes: u64,
    /// Largest ratio of unpacked to packed size.
    pub max_ratio: u64,
}

impl Default for GunzipLimits {
    fn default() -> Self {
        Self {
            max_bytes: 8 << 30,
            max_ratio: 200,
        }
    }
}

/// What was unpacked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GunzipReport {
    pub bytes_in: u64,
    pub bytes_out: u64,
}

/// Why unpacking stopped; what was unpacked before has been handed over.
#[derive(Debug, thiserror::Error)]
pub enum GunzipError {
    #[error("the gzip stream ends before its trailer")]
    Truncated { report: GunzipReport },
    #[error("the gzip stream is damaged")]
    Damaged { report: GunzipReport },
    #[error("the gzip stream unpacks to more than the allowed size")]
    TooLarge { report: GunzipReport },
    #[error("the gzip stream unpacks to more than the allowed ratio")]
    TooDense { report: GunzipReport },
    #[error("the compressed bytes cannot be read")]
    Read(#[source] std::io::Error),
}

/// Unpacks gzip members in order and hands the bytes to `sink`.
pub fn decompress_gzip(
    reader: impl Read,
    limits: GunzipLimits,
    mut sink: impl FnMut(&[u8]),
) -> Result<GunzipReport, GunzipError> {
    let mut counting = Counting {
        reader,
        bytes: 0,
        failed: false,
    };
    let mut decoder = MultiGzDecoder::new(&mut counting);
    let mut buffer = vec![0u8; CHUNK];
    let mut bytes_out = 0u64;
    loop {
        let outcome = decoder.read(&mut buffer);
        let report = GunzipReport {
            bytes_in: decoder.get_ref().bytes,
            bytes_out,
        };
        let length = match outcome {
            Ok(0) => return Ok(report),
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if decoder.get_ref().failed => return Err(GunzipError::Read(error)),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                return Err(GunzipError::Truncated { report });
            }
            Err(_) => return Err(GunzipError::Damaged { report }),
        };
        if bytes_out + length as u64 > limits.max_bytes {
            return Err(GunzipError::TooLarge { report });
        }
        bytes_out += length as u64;
        let ratio = bytes_out / report.bytes_in.max(1);
        if bytes_out > RATIO_FLOOR && ratio > limits.max_ratio {
            return Err(GunzipError::TooDense { report });
        }
        sink(&buffer[..length]);
    }
}

struct Counting<R> {
    reader: R,
    bytes: u64,
    failed: bool,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let outcome = self.reader.read(buffer);
        match &outcome {
            Ok(length) => self.bytes += *length as u64,
            Err(error) => self.failed |= error.kind() != ErrorKind::Interrupted,
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(bytes: &[u8], limits: GunzipLimits) -> (Vec<u8>, Result<GunzipReport, GunzipError>) {
        let mut unpacked = Vec::new();
        let result = decompress_gzip(bytes, limits, |chunk| unpacked.extend_from_slice(chunk));
        (unpacked, result)
    }

    #[test]
    fn members_are_unpacked_one_after_the_other() {
        let bytes = [packed(b"one\n"), packed(b"two\n")].concat();
        let (unpacked, result) = unpack(&bytes, GunzipLimits::default());
        assert_eq!(unpacked, b"one\ntwo\n");
        assert_eq!(result.unwrap().bytes_out, 8);
    }

    #[test]
    fn a_truncated_stream_is_told_and_keeps_what_came_before() {
        let noise: Vec<u8> = (0..200_000u32)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        let bytes = packed(&noise);
        let (unpacked, result) = unpack(&bytes[..bytes.len() / 2], GunzipLimits::default());
        assert!(matches!(result, Err(GunzipError::Truncated { .. })));
        assert!(!unpacked.is_empty() && noise.starts_with(&unpacked));
    }

    #[test]
    fn damage_size_and_ratio_are_told_apart() {
        let zeros = packed(&vec![0u8; 8 << 20]);
        let dense = unpack(&zeros, GunzipLimits::default()).1;
        assert!(matches!(dense, Err(GunzipError::TooDense { .. })));
        let small = GunzipLimits {
            max_bytes: 100_000,
            max_ratio: 100_000,
        };
        assert!(matches!(
            unpack(&zeros, small).1,
            Err(GunzipError::TooLarge { .. })
        ));
        assert!(matches!(
            unpack(b"\x1f\x8bnot gzip at all", small).1,
            Err(GunzipError::Damaged { .. })
        ));
    }
}
