#pragma once

#include <hdf5.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace codectrace::test {

/// Changes a shard through HDF5 itself, so that HDF5's own checksums stay right and only what the
/// format says of the contents is broken.
class ShardEditor {
 public:
  explicit ShardEditor(const std::filesystem::path& path)
      : file_(checked(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT))) {}
  ShardEditor(const ShardEditor&) = delete;
  ShardEditor& operator=(const ShardEditor&) = delete;
  ~ShardEditor() { H5Fclose(file_); }

  /// @param object  "/" or a dataset
  void set_number(const char* object, const char* attribute, std::uint64_t value) {
    const hid_t owner = checked(H5Oopen(file_, object, H5P_DEFAULT));
    const hid_t opened = checked(H5Aopen(owner, attribute, H5P_DEFAULT));
    checked(H5Awrite(opened, H5T_NATIVE_UINT64, &value));
    H5Aclose(opened);
    H5Oclose(owner);
  }
  /// In place of an attribute of any type.
  void replace_by_text(const char* object, const char* attribute, const std::string& text) {
    remove_attribute(object, attribute);
    const hid_t type = checked(H5Tcopy(H5T_C_S1));
    checked(H5Tset_size(type, text.size()));
    const hid_t space = checked(H5Screate(H5S_SCALAR));
    const hid_t owner = checked(H5Oopen(file_, object, H5P_DEFAULT));
    const hid_t made = checked(H5Acreate2(owner, attribute, type, space, H5P_DEFAULT, H5P_DEFAULT));
    checked(H5Awrite(made, type, text.data()));
    H5Aclose(made);
    H5Oclose(owner);
    H5Sclose(space);
    H5Tclose(type);
  }
  void remove_attribute(const char* object, const char* attribute) {
    checked(H5Adelete_by_name(file_, object, attribute, H5P_DEFAULT));
  }
  void set_element(const char* dataset, hsize_t index, std::int64_t value) {
    const hid_t opened = checked(H5Dopen2(file_, dataset, H5P_DEFAULT));
    const hid_t space = checked(H5Dget_space(opened));
    const hid_t one = checked(H5Screate(H5S_SCALAR));
    checked(H5Sselect_elements(space, H5S_SELECT_SET, 1, &index));
    checked(H5Dwrite(opened, H5T_NATIVE_INT64, one, space, H5P_DEFAULT, &value));
    H5Sclose(one);
    H5Sclose(space);
    H5Dclose(opened);
  }
  void remove_dataset(const char* dataset) { checked(H5Ldelete(file_, dataset, H5P_DEFAULT)); }
  /// Another dataset under that name, all zeros. @param chunk  0: contiguous
  void replace_dataset(const char* dataset, hid_t type, hsize_t elements, hsize_t chunk = 0) {
    remove_dataset(dataset);
    const hid_t space = checked(H5Screate_simple(1, &elements, nullptr));
    const hid_t properties = checked(H5Pcreate(H5P_DATASET_CREATE));
    checked(H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY));
    if (chunk > 0) checked(H5Pset_chunk(properties, 1, &chunk));
    const hid_t made =
        checked(H5Dcreate2(file_, dataset, type, space, H5P_DEFAULT, properties, H5P_DEFAULT));
    H5Dclose(made);
    H5Pclose(properties);
    H5Sclose(space);
  }

 private:
  template <class Result>
  static Result checked(Result result) {
    if (result >= 0) return result;
    H5Eprint2(H5E_DEFAULT, stderr);
    throw std::runtime_error("an HDF5 call of the test failed");
  }

  hid_t file_;
};

}  // namespace codectrace::test
