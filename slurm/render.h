#pragma once

#include <string>
#include <string_view>

#include "slurm/job.h"

namespace codectrace::slurm {

/// The sbatch script of a job: `template_text` with {{directives}}, {{program}}, {{command}},
/// {{launch}}, {{max_requeues}} and {{ranks_per_node}}, {{cpus_per_rank}} filled in. A pure
/// function; whatever the user's texts hold stands quoted, as data, in what comes out.
/// @param name  of the template, for messages
/// @throws Error(Usage): an unknown placeholder (names the line and the nearest known one), one
/// that
///         a template can't do without is missing, or as check(Resources)
[[nodiscard]] std::string render(const Job& job, std::string_view template_text,
                                 std::string_view name);

/// File that sbatch writes, with its own patterns: "slurm-logs/NAME-%j.out".
[[nodiscard]] std::string log_pattern(const Job& job);

}  // namespace codectrace::slurm
