#pragma once

namespace codectrace {

/// SIGTERM, SIGINT and SIGUSR1 (Slurm's warning before a time limit) become a flag: the loop ends
/// after this step, saves, and the process exits with ExitCode::Interrupted. A second SIGINT ends
/// the process at once. SIGXFSZ is ignored: beyond a limit of file sizes (ulimit -f) a write fails,
/// as on a full disk. Call once, from cli.
void install_stop_signals();

/// True once a signal came, on this rank only: agree on it before acting.
[[nodiscard]] bool stop_requested() noexcept;

/// As if the signal had come or, with false, never had: for tests and for failing on purpose.
void set_stop_requested(bool requested) noexcept;

}  // namespace codectrace
