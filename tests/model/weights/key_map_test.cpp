#include "model/weights/key_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "model/weights/byte_reader.h"
#include "model/weights/weight_file.h"
#include "tests/support/expect_error.h"
#include "tests/support/stored_bytes.h"

namespace codectrace::model {
namespace {

std::vector<StoredTensor> named(const std::vector<std::string>& names) {
  std::vector<StoredTensor> tensors;
  for (const auto& name : names)
    tensors.push_back({.name = name, .shape = {}, .strides = {}, .bytes = {}});
  return tensors;
}

std::vector<std::string> names_of(const std::vector<StoredTensor>& tensors) {
  std::vector<std::string> names;
  for (const auto& tensor : tensors) names.push_back(tensor.name);
  return names;
}

/// The first column of a key list and the last, its shape.
std::map<std::string, std::string> key_list(const std::string& file) {
  std::map<std::string, std::string> keys;
  std::istringstream lines(test::bytes_of(std::string(CT_TEST_DATA) + file));
  for (std::string line; std::getline(lines, line);) {
    keys[line.substr(0, line.find(' '))] = line.substr(line.rfind(' ') + 1);
  }
  return keys;
}

/// A name's layers stand once, as "*".
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(KeyMap, MakesHuggingFacesNamesOfXlsr300mThoseOfThePublishedWeights) {
  std::map<std::string, std::string> published;
  for (const auto& [name, shape] : key_list("/parity/w2v2_aasist_keys.txt")) {
    const std::string prefix = "ssl_model.model.";
    if (name.starts_with(prefix)) published[name.substr(prefix.size())] = shape;
  }

  std::map<std::string, std::string> renamed;
  for (const auto& [name, shape] : key_list("/weights/xlsr_300m_hugging_face_keys.txt")) {
    const auto reference = reference_name_of_hugging_face(replaced(name, ".*.", ".23."));
    renamed[replaced(reference, ".23.", ".*.")] = shape;
  }

  EXPECT_EQ(renamed, published);
  EXPECT_EQ(renamed.size(), 61U);
}

TEST(KeyMap, GivesTheConvertersTensorsTheirNamesBack) {
  const auto fairseq_bytes = test::weight_fixture("fairseq_zip.pt");
  const auto hugging_face_bytes = test::weight_fixture("hugging_face.safetensors");
  std::map<std::string, std::string> expected;

  // WeightIndex by the file's own reader: names at fairseq, and the bytes that tell tensors apart
  for (const auto& tensor : read_weights(test::as_bytes(fairseq_bytes)).tensors) {
    expected[tensor.name] = as_text(tensor.bytes);
  }
  std::map<std::string, std::string> renamed;
  auto tensors = read_weights(test::as_bytes(hugging_face_bytes)).tensors;
  for (const auto& tensor : with_reference_names(std::move(tensors))) {
    renamed[tensor.name] = as_text(tensor.bytes);
  }

  EXPECT_EQ(renamed, expected);
}

TEST(KeyMap, RenamesBothParametrisationsOfWeightNorm) {
  EXPECT_THAT(names_of(with_reference_names(
                  named({"encoder.pos_conv.0.parametrizations.weight.original0",
                         "encoder.pos_conv.0.parametrizations.weight.original1"}))),
              testing::ElementsAre("encoder.pos_conv.0.weight_g", "encoder.pos_conv.0.weight_v"));
}

TEST(KeyMap, TakesDataParallelsPrefixOffWhereAllHaveIt) {
  EXPECT_THAT(names_of(with_reference_names(named({"module.a", "module.module.b"}))),
              testing::ElementsAre("a", "module.b"));
  EXPECT_THAT(names_of(with_reference_names(named({"module.a", "b"}))),
              testing::ElementsAre("module.a", "b"));
}

TEST(KeyMap, LeavesTheReferencesNamesAlone) {
  std::vector<std::string> names;
  for (const auto& [name, shape] : key_list("/parity/w2v2_aasist_keys.txt")) names.push_back(name);
  EXPECT_EQ(names_of(with_reference_names(named(names))), names);
}

TEST(KeyMap, RefusesATensorInBothWaysOfNaming) {
  test::expect_error(
      ErrorKind::BadData,
      [] {
        std::ignore =
            with_reference_names(named({"a.weight_g", "a.parametrizations.weight.original0"}));
      },
      "a.weight_g");
}

TEST(KeyMap, FindsTheEncoderWhereverItLies) {
  for (const std::string prefix : {"", "ssl_model.model.", "w2v_encoder.w2v_model."}) {
    const auto tensors =
        named({prefix + "mask_emb", "LL.weight", prefix + "post_extract_proj.weight",
               prefix + "encoder.layer_norm.bias"});
    auto expected =
        std::vector<std::string>{"mask_emb", "post_extract_proj.weight", "encoder.layer_norm.bias"};
    if (prefix.empty()) expected.insert(expected.begin() + 1, "LL.weight");
    EXPECT_EQ(names_of(encoder_tensors(tensors)), expected) << prefix;
  }
  EXPECT_TRUE(encoder_tensors(named({"LL.weight"})).empty());
}

}  // namespace
}  // namespace codectrace::model
