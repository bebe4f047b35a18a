//! kmodtrace: see the library.

fn main() -> std::process::ExitCode {
    kmodtrace::cli::main()
}
