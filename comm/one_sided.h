#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace codectrace::comm {

/// Lets SharedNumber work between machines that have nothing but TCP, where only Open MPI's
/// component "pt2pt" can: Debian's and Ubuntu's openmpi-mca-params.conf exclude it, and creating
/// the shared memory fails with MPI_ERR_WIN. Takes that exclusion back, for this process, by
/// OMPI_MCA_osc; all else stays as it is configured, and so does a choice that was made in the
/// environment or by mpirun --mca osc. Before MPI_Init.
void allow_one_sided_over_tcp();

/// A list of components as Open MPI reads it, without the exclusion: "^ucx,pt2pt" → "^ucx";
/// nullopt if it doesn't exclude pt2pt.
[[nodiscard]] std::optional<std::string> without_pt2pt_excluded(std::string_view components);

}  // namespace codectrace::comm
