//! Writes single values as JSON text: the innermost loops of every encoder.
//!
//! These functions write text of bounded length at the start of a [`Slot`] and return its length. They store whole
//! registers, so the rest of the slot may be overwritten.

pub mod decimal;
mod digits;
pub mod float;
pub mod integer;
pub mod text;
pub mod time;
pub mod uuid;

/// Room for any text of bounded length.
pub const SLOT: usize = 64;
pub type Slot = [u8; SLOT];

/// Stores `bytes` at `at`, which is below 32: the mask lets the compiler omit bounds checks.
#[inline(always)]
fn put<const LENGTH: usize>(to: &mut Slot, at: usize, bytes: [u8; LENGTH]) {
    const { assert!(LENGTH <= 32) };
    let at = at & 31;
    to[at..at + LENGTH].copy_from_slice(&bytes);
}

#[cfg(test)]
mod tests {
    use super::{SLOT, Slot};

    /// The text that `write` puts into a used slot.
    pub fn text(write: impl FnOnce(&mut Slot) -> usize) -> String {
        let mut slot = [b'x'; SLOT];
        let length = write(&mut slot);
        String::from_utf8_lossy(&slot[..length]).into_owned()
    }

    /// Random values per test: few under Miri, which interprets every step.
    pub const MANY: usize = if cfg!(miri) { 20 } else { 20_000 };

    /// Reproducible random bits: SplitMix64, <https://prng.di.unimi.it/splitmix64.c>.
    pub struct Random(pub u64);

    impl Random {
        pub fn bits(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ mixed >> 31
        }

        /// Of random length too, so that small numbers are as likely as large ones.
        pub fn number(&mut self) -> u64 {
            self.bits() >> (self.bits() & 63)
        }
    }
}
