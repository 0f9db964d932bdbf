#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace codectrace::train {

/// One number of a curve.
struct Scalar {
  std::string tag;  ///< "train/loss"
  double value = 0;
};

/// An event file as TensorBoard reads it: TFRecords (length, masked CRC-32C of it, payload, masked
/// CRC-32C of that) of `Event` messages, encoded here by hand.
///
/// Each run of the program writes a file of its own into the folder. A record is written whole, so
/// what a killed process leaves is readable up to its last record.
class EventFile {
 public:
  /// @param first_step  where this run starts: TensorBoard drops what older files have from there
  /// on
  /// @throws Error(Environment) if the folder can't be written
  EventFile(const std::filesystem::path& folder, std::uint64_t first_step);
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;
  ~EventFile();

  void add(std::uint64_t step, std::span<const Scalar> scalars);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  void write_record(std::string_view payload);

  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace codectrace::train
