#pragma once

#include <string_view>
#include <vector>

namespace codectrace::slurm {

/// The task numbers of an sbatch --array text, rising: "0-3,7" → 0 1 2 3 7; "1-9:4%2" → 1 5 9 (two
/// at a time, which is Slurm's to see to).
/// @throws Error(Usage) if it isn't one, names a task twice, or more than kMostTasks
[[nodiscard]] std::vector<int> array_tasks(std::string_view text);

constexpr int kMostTasks = 1001;  // Slurm's own MaxArraySize, if the site hasn't set another

}  // namespace codectrace::slurm
