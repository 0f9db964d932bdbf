#pragma once

#include <string_view>

namespace codectrace::model {

/// Ours, in the folder of a .pth file: its metadata, a JSON object of texts.
inline constexpr std::string_view kPthMetadataEntry = "codectrace/metadata.json";

}  // namespace codectrace::model
