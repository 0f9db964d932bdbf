#include <concepts>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "model/weights/pth.h"
#include "model/weights/pth_layout.h"
#include "model/weights/zip_writer.h"

namespace codectrace::model {
namespace {

/// The pickle of a state_dict, protocol 2, as torch.save writes it but for the memo, which only
/// saves room. A plain dict, which LibTorch's own reader takes too. Instructions as in Python's
/// pickletools.
class StatePickle {
 public:
  StatePickle() { text("\x80\x02}("); }

  void add(const StoredTensor& tensor, std::string_view key) {
    unicode(tensor.name);
    text("ctorch._utils\n_rebuild_tensor_v2\n((");
    unicode("storage");
    text("ctorch\n");
    text(info(tensor.type).storage);
    text("\n");
    unicode(key);
    unicode("cpu");
    integer(count_elements(tensor));
    text("tQ");
    integer(0);  // offset
    tuple(tensor.shape);
    tuple(dense_strides(tensor.shape));
    text(
        "\x89"
        "ccollections\nOrderedDict\n)RtR");  // needs no gradient, has no hooks
  }

  [[nodiscard]] std::string finish() { return bytes_ + "u."; }

 private:
  void text(std::string_view bytes) { bytes_ += bytes; }

  template <std::integral Number>
  void number(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }

  void unicode(std::string_view value) {
    text("X");
    number(static_cast<std::uint32_t>(value.size()));
    text(value);
  }

  /// Eight bytes for each: a few more than needed, one way for all.
  void integer(std::int64_t value) {
    text("\x8a\x08");
    number(value);
  }

  void tuple(std::span<const std::int64_t> values) {
    text("(");
    for (const auto value : values) integer(value);
    text("t");
  }

  std::string bytes_;
};

}  // namespace

void write_pth(const std::filesystem::path& path, std::span<const StoredTensor> tensors,
               const std::map<std::string, std::string>& metadata) {
  StatePickle pickle;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    CT_INVARIANT(is_dense(tensors[i]), tensors[i].name);
    pickle.add(tensors[i], std::to_string(i));
  }
  ZipWriter file(path);
  file.add("archive/data.pkl", pickle.finish());
  file.add("archive/byteorder", std::string_view("little"));
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    file.add("archive/data/" + std::to_string(i), tensors[i].bytes);
  }
  if (!metadata.empty()) {
    const auto text = nlohmann::json(metadata).dump();
    file.add(fmt::format("archive/{}", kPthMetadataEntry), text);
  }
  file.add("archive/version", std::string_view("3\n"));
  file.commit();
}

}  // namespace codectrace::model
