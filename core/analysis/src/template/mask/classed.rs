//! Messages whose bytes are told apart by class, eight at a time.

use super::{CLASS, SEPARATOR, SPACE};

/// Bytes whose classes are looked at together.
const LANES: usize = 8;

/// A message, and the class of each of its bytes.
#[derive(Clone, Copy)]
pub(super) struct Classed<'a> {
    pub(super) message: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) classes: &'a [u8],
}

impl<'a> Classed<'a> {
    /// Classes a message into a buffer that is used again.
    pub(super) fn of(message: &'a str, classes: &'a mut Vec<u8>) -> Self {
        let bytes = message.as_bytes();
        classes.clear();
        classes.extend(bytes.iter().map(|&byte| CLASS[byte as usize]));
        classes.extend([SPACE | SEPARATOR; LANES]);
        Self {
            message,
            bytes,
            classes,
        }
    }

    /// Returns where bytes of other classes than `stops` end, and of what classes they are.
    pub(super) fn run_end(self, at: usize, stops: u8) -> (usize, u8) {
        let stops = u64::from_ne_bytes([stops; LANES]);
        let (mut at, mut flags) = (at, 0);
        loop {
            let lanes = u64::from_le_bytes(lanes(&self.classes[at..]));
            let found = lanes & stops;
            if found != 0 {
                let before = found.trailing_zeros() & !7;
                flags |= lanes & ((1 << before) - 1);
                return (at + (before / u8::BITS) as usize, any(flags));
            }
            flags |= lanes;
            at += LANES;
        }
    }
}

/// Returns the bits that any of the bytes has.
fn any(lanes: u64) -> u8 {
    let lanes = lanes | lanes >> 32;
    let lanes = lanes | lanes >> 16;
    (lanes | lanes >> 8) as u8
}

/// Returns the classes of the next bytes; what lies behind the message ends every run.
fn lanes(classes: &[u8]) -> [u8; LANES] {
    let next = classes.first_chunk();
    next.copied().unwrap_or([SPACE | SEPARATOR; LANES])
}
