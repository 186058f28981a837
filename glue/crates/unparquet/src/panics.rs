//! Turns panics into errors: decoding a malformed file may panic in a library.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use crate::error::{Error, Result};

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`; a panic in it becomes `corrupt_file`, or `out_of_memory`, and prints nothing.
pub fn catch_panics<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // WebAssembly cannot unwind: there the binding's own hook reports the panic.
    if cfg!(panic = "abort") {
        return work();
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !CATCHING.get() {
                default(info);
            }
        }));
    });
    CATCHING.set(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(false);
    result.unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("it cannot be decoded");
        Err(Error::from_panic(message))
    })
}
