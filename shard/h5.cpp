#include "shard/h5.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace codectrace::shard::h5 {
namespace {

std::mutex library_mutex;

/// IEEE 754 binary16, which HDF5 has no constant for before 1.14.4. Made once, for good.
hid_t half_type() {
  static const hid_t type = [] {
    const hid_t half = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(half, 15, 10, 5, 0, 10);  // sign, exponent and its bits, mantissa and its bits
    H5Tset_size(half, sizeof(Half));
    H5Tset_ebias(half, 15);
    return half;
  }();
  return type;
}

hid_t file_type(Element element) {
  switch (element) {
    case Element::UInt8:
      return H5T_STD_U8LE;
    case Element::Int16:
      return H5T_STD_I16LE;
    case Element::Int32:
      return H5T_STD_I32LE;
    case Element::UInt32:
      return H5T_STD_U32LE;
    case Element::UInt64:
      return H5T_STD_U64LE;
    case Element::Float16:
      return half_type();
    case Element::Float32:
      return H5T_IEEE_F32LE;
  }
  return H5I_INVALID_HID;
}

/// For calls that can fail only for want of memory: all that writes an image.
void check_written(herr_t result, std::string_view doing) {
  if (result < 0) throw_hdf5_error(doing, ErrorKind::Environment);
}

void check_read(herr_t result, std::string_view doing) {
  if (result < 0) throw_hdf5_error(doing);
}

struct ErrorTexts {
  std::string outermost;
  std::string innermost;
};

herr_t note_error(unsigned depth, const H5E_error2_t* error, void* texts) {
  auto& noted = *static_cast<ErrorTexts*>(texts);
  const char* text = error->desc == nullptr ? "" : error->desc;
  if (depth == 0) noted.outermost = text;
  noted.innermost = text;
  return 0;
}

Space simple_space(std::span<const std::uint64_t> extents, std::string_view doing) {
  const std::vector<hsize_t> dims(extents.begin(), extents.end());
  return {H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), doing,
          ErrorKind::Environment};
}

Type fixed_text_type(std::size_t length, std::string_view doing) {
  Type type(H5Tcopy(H5T_C_S1), doing, ErrorKind::Environment);
  check_written(H5Tset_size(type.get(), std::max<std::size_t>(length, 1)), doing);
  check_written(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), doing);
  check_written(H5Tset_cset(type.get(), H5T_CSET_UTF8), doing);
  return type;
}

void write_attribute(hid_t object, std::string_view name, hid_t type, const Space& space,
                     const void* value) {
  const std::string doing = fmt::format("write attribute {}", name);
  const Attribute attribute(
      H5Acreate2(object, std::string(name).c_str(), type, space.get(), H5P_DEFAULT, H5P_DEFAULT),
      doing, ErrorKind::Environment);
  check_written(H5Awrite(attribute.get(), type, value), doing);
}

Space scalar_space() { return {H5Screate(H5S_SCALAR), "make a scalar", ErrorKind::Environment}; }

Attribute open_attribute(hid_t object, std::string_view name) {
  return {H5Aopen(object, std::string(name).c_str(), H5P_DEFAULT),
          fmt::format("attribute {}", name)};
}

std::uint64_t count_of(const Attribute& attribute, std::string_view name) {
  const Space space(H5Aget_space(attribute.get()), fmt::format("attribute {}", name));
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (count < 0) throw_hdf5_error(fmt::format("attribute {}", name));
  return static_cast<std::uint64_t>(count);
}

}  // namespace

Library::Library() : lock_(library_mutex) { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

void throw_hdf5_error(std::string_view doing, ErrorKind kind) {
  ErrorTexts texts;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, note_error, &texts);
  H5Eclear2(H5E_DEFAULT);
  std::string text = texts.outermost.empty() ? "no reason given" : texts.outermost;
  if (texts.innermost != texts.outermost) text += ": " + texts.innermost;
  throw Error(kind, fmt::format("{}: HDF5: {}", doing, text));
}

std::size_t size_of(Element element) {
  switch (element) {
    case Element::UInt8:
      return sizeof(std::uint8_t);
    case Element::Int16:
    case Element::Float16:
      return sizeof(std::int16_t);
    case Element::Int32:
    case Element::UInt32:
    case Element::Float32:
      return sizeof(std::uint32_t);
    case Element::UInt64:
      return sizeof(std::uint64_t);
  }
  return 0;
}

std::string_view name_of(Element element) {
  switch (element) {
    case Element::UInt8:
      return "uint8";
    case Element::Int16:
      return "int16";
    case Element::Int32:
      return "int32";
    case Element::UInt32:
      return "uint32";
    case Element::UInt64:
      return "uint64";
    case Element::Float16:
      return "float16";
    case Element::Float32:
      return "float32";
  }
  return "";
}

void create_group(const File& file, std::string_view name) {
  constexpr unsigned kLinksInHeader = 1024;  // beyond it links would move to a heap of their own
  const std::string doing = fmt::format("write group {}", name);
  const Properties creation(H5Pcreate(H5P_GROUP_CREATE), doing, ErrorKind::Environment);
  check_written(H5Pset_obj_track_times(creation.get(), 0), doing);
  check_written(H5Pset_link_phase_change(creation.get(), kLinksInHeader, 0), doing);
  const Group group(
      H5Gcreate2(file.get(), std::string(name).c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
      doing, ErrorKind::Environment);
}

Dataset create_dataset(const File& file, std::string_view path, Element element,
                       std::span<const std::uint64_t> extents) {
  const std::string doing = fmt::format("write {}", path);
  const Properties creation(H5Pcreate(H5P_DATASET_CREATE), doing, ErrorKind::Environment);
  check_written(H5Pset_obj_track_times(creation.get(), 0), doing);
  check_written(H5Pset_layout(creation.get(), H5D_CONTIGUOUS), doing);
  check_written(H5Pset_alloc_time(creation.get(), H5D_ALLOC_TIME_EARLY), doing);
  check_written(H5Pset_fill_time(creation.get(), H5D_FILL_TIME_NEVER), doing);
  const Space space = simple_space(extents, doing);
  return {H5Dcreate2(file.get(), std::string(path).c_str(), file_type(element), space.get(),
                     H5P_DEFAULT, creation.get(), H5P_DEFAULT),
          doing, ErrorKind::Environment};
}

void write_all(const Dataset& dataset, Element element, std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  check_written(
      H5Dwrite(dataset.get(), file_type(element), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()),
      "write a dataset");
}

void write_rows(const Dataset& dataset, Element element, std::uint64_t first,
                std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  const std::string_view doing = "write rows of a dataset";
  const Space file(H5Dget_space(dataset.get()), doing, ErrorKind::Environment);
  std::vector<hsize_t> count(static_cast<std::size_t>(H5Sget_simple_extent_ndims(file.get())));
  check_written(H5Sget_simple_extent_dims(file.get(), count.data(), nullptr), doing);
  count[0] = bytes.size() / size_of(element);
  for (std::size_t i = 1; i < count.size(); ++i) count[0] /= count[i];
  std::vector<hsize_t> start(count.size());
  start[0] = first;
  check_written(
      H5Sselect_hyperslab(file.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr),
      doing);
  const Space memory = simple_space(std::vector<std::uint64_t>(count.begin(), count.end()), doing);
  check_written(H5Dwrite(dataset.get(), file_type(element), memory.get(), file.get(), H5P_DEFAULT,
                         bytes.data()),
                doing);
}

void write_attribute(hid_t object, std::string_view name, std::uint32_t value) {
  write_attribute(object, name, H5T_STD_U32LE, scalar_space(), &value);
}

void write_attribute(hid_t object, std::string_view name, std::uint64_t value) {
  write_attribute(object, name, H5T_STD_U64LE, scalar_space(), &value);
}

void write_attribute(hid_t object, std::string_view name, std::string_view text) {
  const Type type = fixed_text_type(text.size(), fmt::format("write attribute {}", name));
  const std::string padded(text.empty() ? std::string_view("\0", 1) : text);
  write_attribute(object, name, type.get(), scalar_space(), padded.data());
}

void write_attribute(hid_t object, std::string_view name, std::span<const std::string> texts) {
  const std::string doing = fmt::format("write attribute {}", name);
  std::size_t length = 1;
  for (const auto& text : texts) length = std::max(length, text.size());
  std::string padded(length * texts.size(), '\0');
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i].copy(&padded[i * length], length);
  const Space space = simple_space(std::vector<std::uint64_t>{texts.size()}, doing);
  write_attribute(object, name, fixed_text_type(length, doing).get(), space, padded.data());
}

File open_file(const std::filesystem::path& path) {
  const std::string doing = "open";
  const Properties access(H5Pcreate(H5P_FILE_ACCESS), doing, ErrorKind::Environment);
#if H5_VERSION_GE(1, 12, 1) || (H5_VERS_MINOR == 10 && H5_VERS_RELEASE >= 7)
  check_read(H5Pset_file_locking(access.get(), 0, 1), doing);  // many cluster filesystems have none
#endif
  return {H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), doing};
}

bool has_attribute(hid_t object, std::string_view name) {
  const htri_t found = H5Aexists(object, std::string(name).c_str());
  if (found < 0) throw_hdf5_error(fmt::format("attribute {}", name));
  return found > 0;
}

bool has_link(const File& file, std::string_view name) {
  const htri_t found = H5Lexists(file.get(), std::string(name).c_str(), H5P_DEFAULT);
  if (found < 0) throw_hdf5_error(fmt::format("look for {}", name));
  return found > 0;
}

std::vector<std::string> names_in(const File& file, std::string_view group) {
  const std::string doing = fmt::format("list /{}", group);
  const Group opened(H5Gopen2(file.get(), std::string(group).c_str(), H5P_DEFAULT), doing);
  H5G_info_t info{};
  check_read(H5Gget_info(opened.get(), &info), doing);
  std::vector<std::string> names;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    const auto name_at = [&](char* text, std::size_t size) {
      const ssize_t length = H5Lget_name_by_idx(opened.get(), ".", H5_INDEX_NAME, H5_ITER_INC, i,
                                                text, size, H5P_DEFAULT);
      if (length < 0) throw_hdf5_error(doing);
      return static_cast<std::size_t>(length);
    };
    std::string name(name_at(nullptr, 0), '\0');
    name_at(name.data(), name.size() + 1);  // with the closing zero that std::string has
    names.push_back(std::move(name));
  }
  return names;
}

std::uint64_t read_unsigned(hid_t object, std::string_view name) {
  const std::string doing = fmt::format("attribute {}", name);
  const Attribute attribute = open_attribute(object, name);
  const Type type(H5Aget_type(attribute.get()), doing);
  const bool is_unsigned =
      H5Tget_class(type.get()) == H5T_INTEGER && H5Tget_sign(type.get()) == H5T_SGN_NONE;
  if (!is_unsigned || count_of(attribute, name) != 1) {
    throw Error(ErrorKind::BadData, doing + " is not one unsigned integer");
  }
  std::uint64_t value = 0;
  check_read(H5Aread(attribute.get(), H5T_NATIVE_UINT64, &value), doing);
  return value;
}

std::string read_text(hid_t object, std::string_view name) {
  const auto texts = read_texts(object, name);
  if (texts.size() != 1) {
    throw Error(ErrorKind::BadData,
                fmt::format("attribute {} has {} texts, expected one", name, texts.size()));
  }
  return texts.front();
}

std::vector<std::string> read_texts(hid_t object, std::string_view name) {
  const std::string doing = fmt::format("attribute {}", name);
  const Attribute attribute = open_attribute(object, name);
  const Type type(H5Aget_type(attribute.get()), doing);
  const bool is_fixed_text =
      H5Tget_class(type.get()) == H5T_STRING && H5Tis_variable_str(type.get()) == 0;
  if (!is_fixed_text) throw Error(ErrorKind::BadData, doing + " is not text of fixed length");

  const std::size_t length = H5Tget_size(type.get());
  const std::uint64_t count = count_of(attribute, name);
  // What is stored can't be larger than what it would take in the file.
  if (count > H5Aget_storage_size(attribute.get()) / std::max<std::size_t>(length, 1)) {
    throw Error(ErrorKind::BadData, doing + " claims more texts than are stored");
  }
  std::string padded(length * count, '\0');
  check_read(H5Aread(attribute.get(), type.get(), padded.data()), doing);
  std::vector<std::string> texts(count);
  for (std::size_t i = 0; i < count; ++i) {
    texts[i] = padded.substr(i * length, length);
    texts[i].erase(texts[i].find_last_not_of('\0') + 1);
  }
  return texts;
}

Dataset open_dataset(const File& file, std::string_view path) {
  return {H5Dopen2(file.get(), std::string(path).c_str(), H5P_DEFAULT), std::string(path)};
}

bool holds(const Dataset& dataset, Element element) {
  const Type type(H5Dget_type(dataset.get()), "type of a dataset");
  return H5Tequal(type.get(), file_type(element)) > 0;
}

Layout layout_of(const Dataset& dataset, std::string_view path) {
  const Properties creation(H5Dget_create_plist(dataset.get()), path);
  if (H5Pget_layout(creation.get()) != H5D_CONTIGUOUS) {
    throw Error(ErrorKind::BadData, fmt::format("{} is not contiguous", path));
  }
  const Space space(H5Dget_space(dataset.get()), path);
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 1) throw Error(ErrorKind::BadData, fmt::format("{} is not an array", path));
  std::vector<hsize_t> dims(static_cast<std::size_t>(rank));
  if (H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr) < 0) throw_hdf5_error(path);

  Layout layout;
  layout.extents.assign(dims.begin(), dims.end());
  if (std::ranges::find(dims, hsize_t{0}) != dims.end()) return layout;
  const haddr_t offset = H5Dget_offset(dataset.get());
  if (offset == HADDR_UNDEF) {
    throw Error(ErrorKind::BadData, fmt::format("{} has no place in the file", path));
  }
  layout.offset = offset;
  return layout;
}

}  // namespace codectrace::shard::h5
