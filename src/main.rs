//! The binary: calls [`admin_reset::run`] and turns its number into the exit status.

/// Freed memory is wiped, so that no copy of a secret outlives the HTTP stack that made it.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> std::process::ExitCode {
    admin_reset::harden::harden();
    std::process::ExitCode::from(admin_reset::cli::run(std::env::args_os().collect()).code())
}
