#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "comm/communicator.h"

namespace codectrace::metrics {

/// Figures of a bootstrap's replicates, which are dealt out over ranks.
///
/// Collective: every rank gets all of them.
/// @param width   figures of a replicate
/// @param figure  fills in those of the replicate of a number; pure
/// @returns for each of the `width` figures its values, replicate by replicate
[[nodiscard]] std::vector<std::vector<double>> replicate_figures(
    int replicates, std::size_t width, comm::Communicator& comm,
    const std::function<void(std::uint64_t, std::span<double>)>& figure);

}  // namespace codectrace::metrics
