//! Turns panics into errors: libraries may panic when they decode malformed data.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use crate::error::{Error, Result};

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`. A panic prints nothing and becomes `corrupt_file` or `out_of_memory`.
pub fn catch_panics<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // WebAssembly cannot unwind; there, the binding's panic hook reports the panic.
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
            .unwrap_or("decoding failed");
        Err(Error::from_panic(message))
    })
}
