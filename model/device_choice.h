#pragma once

#include <array>

#include "core/config.h"

namespace codectrace::model {

/// What a network computes on.
enum class DeviceChoice {
  Auto,  ///< a GPU where there is one
  Cpu,
  Cuda
};
constexpr std::array<config::EnumName<DeviceChoice>, 3> enum_names(DeviceChoice) {
  return {{{DeviceChoice::Auto, "auto"}, {DeviceChoice::Cpu, "cpu"}, {DeviceChoice::Cuda, "cuda"}}};
}

}  // namespace codectrace::model
