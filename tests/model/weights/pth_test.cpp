#include "model/weights/pth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "model/weights/byte_reader.h"
#include "model/weights/zip_archive.h"
#include "tests/support/expect_error.h"
#include "tests/support/plain_zip.h"
#include "tests/support/stored_bytes.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::model {
namespace {

WeightIndex read(const std::string& file) { return read_pth(test::as_bytes(file)); }

template <class... Pieces>
void expect_refused(const std::string& file, const Pieces&... pieces) {
  test::expect_error(
      ErrorKind::BadData, [&] { read(file); }, pieces...);
}

/// A file in which one text stands in place of another of the same length.
std::string with(std::string file, const std::string& from, const std::string& to) {
  const auto at = file.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  EXPECT_EQ(from.size(), to.size());
  return file.replace(at, from.size(), to);
}

/// The same for data.pkl in a zip file, whose CRC is taken out.
std::string with_pickled(const std::string& file, const std::string& from, const std::string& to) {
  const ZipArchive archive(test::as_bytes(file));
  std::vector<test::PlainEntry> entries;
  for (const auto& entry : archive.entries()) {
    const bool pickle = entry.name.ends_with("data.pkl");
    const std::string bytes(as_text(entry.bytes));
    entries.push_back({std::string(entry.name), pickle ? with(bytes, from, to) : bytes});
  }
  return test::plain_zip(entries);
}

template <class Number>
std::vector<Number> numbers_of(const StoredTensor& tensor) {
  std::vector<Number> numbers(tensor.bytes.size() / sizeof(Number));
  std::memcpy(numbers.data(), tensor.bytes.data(), tensor.bytes.size());
  return numbers;
}

std::map<std::string, StoredTensor> by_name(const WeightIndex& index) {
  std::map<std::string, StoredTensor> tensors;
  for (const auto& tensor : index.tensors) tensors.emplace(tensor.name, tensor);
  return tensors;
}

class PthOfEachFormat : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Pth, PthOfEachFormat,
                         testing::Values("kinds_zip.pth", "kinds_legacy.pth",
                                         "kinds_protocol4.pth"));

TEST_P(PthOfEachFormat, HoldsTensorsOfEveryType) {
  const auto file = test::weight_fixture(GetParam());
  const auto tensors = by_name(read(file));

  const std::vector<std::int64_t> shape{2, 3};
  for (const auto& type : kElementTypes) {
    if (type.type == ElementType::Bool) continue;
    const auto& tensor = tensors.at(std::string(type.name));
    EXPECT_EQ(tensor.type, type.type);
    EXPECT_EQ(tensor.shape, shape) << type.name;
    EXPECT_EQ(tensor.bytes.size(), 6 * type.size) << type.name;
  }
  EXPECT_THAT(numbers_of<double>(tensors.at("float64")), testing::ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(numbers_of<float>(tensors.at("float32")), testing::ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(numbers_of<std::uint16_t>(tensors.at("float16"))[1], 0x3C00);   // 1 in IEEE's half
  EXPECT_EQ(numbers_of<std::uint16_t>(tensors.at("bfloat16"))[1], 0x3F80);  // 1, of float the half
  EXPECT_THAT(numbers_of<std::int64_t>(tensors.at("int64")),
              testing::ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(numbers_of<std::int16_t>(tensors.at("int16")),
              testing::ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(numbers_of<std::uint8_t>(tensors.at("bool")), testing::ElementsAre(0, 1, 1));
}

TEST_P(PthOfEachFormat, HoldsTensorsHoweverTheyLieInTheirStorage) {
  const auto file = test::weight_fixture(GetParam());
  const auto tensors = by_name(read(file));

  EXPECT_TRUE(tensors.at("scalar").shape.empty());
  EXPECT_THAT(numbers_of<std::int64_t>(tensors.at("scalar")), testing::ElementsAre(7));
  EXPECT_EQ(tensors.at("empty").shape, (std::vector<std::int64_t>{0, 5}));
  EXPECT_EQ(tensors.at("transposed").shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(tensors.at("transposed").strides, (std::vector<std::int64_t>{1, 2}));
  EXPECT_THAT(numbers_of<float>(tensors.at("shared.end")), testing::ElementsAre(5, 6, 7));
  EXPECT_EQ(tensors.at("shared.every_other").strides, (std::vector<std::int64_t>{2}));
  EXPECT_EQ(numbers_of<float>(tensors.at("shared.every_other"))[0], 1);
  EXPECT_EQ(tensors.at("shared.end").bytes.data(), tensors.at("shared.all").bytes.data() + 20);
  EXPECT_THAT(numbers_of<float>(tensors.at("parameter")), testing::ElementsAre(0, 1, 2));
}

TEST_P(PthOfEachFormat, KeepsTheOrder) {
  const auto file = test::weight_fixture(GetParam());
  const auto index = read(file);

  ASSERT_EQ(index.tensors.size(), 17U);
  EXPECT_EQ(index.tensors.front().name, "float64");
  EXPECT_EQ(index.tensors.back().name, "parameter");
}

TEST_P(PthOfEachFormat, IsRefusedWhereverItIsCut) {
  const auto whole = test::weight_fixture(GetParam());
  for (std::size_t size = 0; size < whole.size(); ++size) expect_refused(whole.substr(0, size));
}

TEST(Pth, FindsTheStateDictUnderItsKey) {
  const auto file = test::weight_fixture("parallel.pth");
  const auto index = read(file);

  ASSERT_EQ(index.tensors.size(), 2U);
  EXPECT_EQ(index.tensors[0].name, "module.a");
}

TEST(Pth, FindsTheModelInFairseqsFilesAmongObjectsOfAllKinds) {
  for (const std::string name : {"fairseq_zip.pt", "fairseq_legacy_half.pt"}) {
    const auto file = test::weight_fixture(name);
    for (const std::string object :
         {"omegaconf", "Namespace", "Choice", "_rebuild_tensor_v2", "numpy"}) {
      ASSERT_NE(file.find(object), std::string::npos) << object;
    }

    const auto index = read(file);

    EXPECT_EQ(index.tensors.size(), 41U) << name;
    EXPECT_EQ(index.tensors.front().name, "mask_emb");
    EXPECT_TRUE(index.others.empty());
  }
}

TEST(Pth, NamesWhatIsNoTensorBesideThem) {
  const auto file = with_pickled(test::weight_fixture("parallel.pth"), "state_dict", "state_dikt");
  expect_refused(file, "has no state_dict", "epoch (a number)", "state_dikt (a dict)");
}

TEST(Pth, SaysWhatAFileWithoutWeightsHolds) {
  expect_refused(test::weight_fixture("whole_module.pth"), "no state_dict",
                 "an object of torch.nn.modules.linear.Linear", "save what state_dict() returns");
  expect_refused(test::weight_fixture("torchscript.pt"), "TorchScript");
  expect_refused(test::weight_fixture("sparse.pth"), "tensor w", "_rebuild_sparse_tensor",
                 "isn't supported");
  expect_refused("\x80\x02}.", "not one that torch.save wrote");
  expect_refused(test::plain_zip({{"a/x", "b"}}), "no data.pkl");
  expect_refused(test::plain_zip({{"a/data.pkl", "\x80\x02}."}}), "a dict of nothing");
}

TEST(Pth, RefusesNumbersThatDontFitTheStorage) {
  const auto file = test::weight_fixture("parallel.pth");
  // K is an integer of a byte, \x85 a tuple of one: offset, shape and stride of module.a
  const std::string tensor("K\x00K\x02\x85", 5);
  expect_refused(with_pickled(file, tensor, std::string("K\x01K\x02\x85", 5)), "tensor module.a",
                 "claims more bytes");
  expect_refused(with_pickled(file, tensor, std::string("K\x00K\x03\x85", 5)), "tensor module.a",
                 "claims more bytes");
  expect_refused(with_pickled(file, "K\x02t", "K\x03t"), "storage 0", "has 2 elements of 3");
}

/// data.pkl of one tensor "a" of the storage "0" with two floats, and what stands for its shape.
std::string state_with_shape(const std::string& shape) {
  return "\x80\x02}U\x01"
         "actorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\nU\x01"
         "0U\x03"
         "cpuK\x02tQ" +
         std::string("K\0", 2) + shape + "K\x01\x85tRs.";
}

std::string file_with_state(const std::string& pickle) {
  return test::plain_zip({{"a/data.pkl", pickle}, {"a/data/0", std::string(8, '\0')}});
}

TEST(Pth, TakesASizeOfTorchForAShape) {
  const auto file = file_with_state(state_with_shape("ctorch\nSize\nK\x02\x85\x85R"));
  EXPECT_EQ(read(file).tensors.at(0).shape, std::vector<std::int64_t>{2});
}

TEST(Pth, RefusesSizesInSizesHoweverDeep) {
  for (const int depth : {2, 900'000}) {
    std::string shape = "ctorch\nSize\nq\x01";
    for (int i = 1; i < depth; ++i) shape += "h\x01";
    shape += "K\x02\x85";
    for (int i = 0; i < depth; ++i) shape += "\x85R";
    expect_refused(file_with_state(state_with_shape(shape)), "tensor a",
                   "torch.Size where sizes should be");
  }
}

TEST(Pth, RefusesParametersInParametersHoweverDeep) {
  constexpr int kDeep = 900'000;
  std::string pickle = "\x80\x02}U\x01" + std::string("a");
  pickle += "ctorch._utils\n_rebuild_parameter\nq\x01";
  for (int i = 1; i < kDeep; ++i) pickle += "h\x01";
  pickle += "N\x85";
  for (int i = 0; i < kDeep; ++i) pickle += i == 0 ? "R" : "\x85R";
  expect_refused(file_with_state(pickle + "s."), "tensor a", "parameters in parameters");
}

/// A shape that is long but stands there once would otherwise be copied for every tensor.
TEST(Pth, RefusesShapesOfMoreDimensionsThanAnyTensorHas) {
  std::string shape = "(";
  for (int i = 0; i < 1'000'000; ++i) shape += "K\x01";
  expect_refused(file_with_state(state_with_shape(shape + "t")), "tensor a", "1000000 dimensions");
  expect_refused(
      file_with_state(state_with_shape("(K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x01K\x01t")),
      "tensor a", "9 dimensions");
}

TEST(Pth, RefusesStoragesThatArentThereOrOfUnknownType) {
  const auto file = test::weight_fixture("parallel.pth");
  expect_refused(with_pickled(file, "X\x01" + std::string(3, '\0') + "1",
                              "X\x01" + std::string(3, '\0') + "9"),
                 "tensor module.b", "storage 9 isn't there");
  expect_refused(with_pickled(file, "FloatStorage", "FoolsStorage"), "tensor module.a",
                 "torch.FoolsStorage");
  expect_refused(with_pickled(file, "_rebuild_tensor_v2", "_rebuild_tensor_v9"), "tensor module.a",
                 "_rebuild_tensor_v9", "isn't supported");
}

TEST(Pth, RefusesBigEndianFiles) {
  const auto zip = test::weight_fixture("parallel.pth");
  const ZipArchive archive(test::as_bytes(zip));
  std::vector<test::PlainEntry> entries;
  for (const auto& entry : archive.entries()) {
    const bool order = entry.name.ends_with("byteorder");
    entries.push_back({std::string(entry.name), order ? "big" : std::string(as_text(entry.bytes))});
  }
  expect_refused(test::plain_zip(entries), "big-endian");

  const auto legacy = test::weight_fixture("kinds_legacy.pth");
  const auto at = legacy.find("little_endian");
  expect_refused(legacy.substr(0, at) + with(legacy.substr(at), "\x88", "\x89"), "big-endian");
}

TEST(Pth, ComparesPickleAndTensorsWithTheirCrcs) {
  const auto file = test::weight_fixture("kinds_zip.pth");
  EXPECT_NO_THROW(read(file).verify());

  expect_refused(with(file, "shared.all", "shared.alk"), "data.pkl", "CRC-32");

  const std::string one_to_three("\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40", 12);  // floats
  const auto damaged =
      with(file, one_to_three, std::string("\0\0\x80\x3f\0\0\1\x40\0\0\x40\x40", 12));
  const auto index = read(damaged);
  test::expect_error(
      ErrorKind::BadData, [&] { index.verify(); }, "kinds_zip/data/", "CRC-32");
}

/// What a flipped bit may not do: change a value without a word.
TEST(Pth, TellsAnyFlippedBitOfAZipFileOrReadsTheSame) {
  const auto whole = test::weight_fixture("parallel.pth");
  const auto expected = test::everything_in(read(whole));
  for (std::size_t i = 0; i < whole.size() * 8; ++i) {
    auto file = whole;
    file[i / 8] = static_cast<char>(file[i / 8] ^ (1 << i % 8));
    try {
      const auto index = read(file);
      index.verify();
      EXPECT_EQ(test::everything_in(index), expected) << "bit " << i;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::BadData);
    }
  }
}

TEST(Pth, StandsAnyFlippedBitOfALegacyFile) {
  const auto whole = test::weight_fixture("kinds_legacy.pth");
  for (std::size_t i = 0; i < whole.size() * 8; ++i) {
    auto file = whole;
    file[i / 8] = static_cast<char>(file[i / 8] ^ (1 << i % 8));
    try {
      read(file);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::BadData);
    }
  }
}

class WritePth : public testing::Test {
 protected:
  std::string written(const std::vector<StoredTensor>& tensors,
                      const std::map<std::string, std::string>& metadata = {}) {
    write_pth(folder_ / "a.pth", tensors, metadata);
    return test::bytes_of(folder_ / "a.pth");
  }
  test::TemporaryFolder folder_;
};

TEST_F(WritePth, WritesWhatTheReaderReads) {
  const std::vector<float> floats{1, 2, 3, 4, 5, 6};
  const std::vector<std::int64_t> integers{std::int64_t{1} << 40};
  const std::vector<StoredTensor> tensors{
      test::stored("a.weight", ElementType::Float32, {2, 3}, floats),
      test::stored("a.count", ElementType::Int64, {}, integers),
      test::stored("ü", ElementType::BFloat16, {0, 4}, std::vector<std::uint16_t>{})};

  const auto file = written(tensors);
  const auto index = read(file);

  index.verify();
  EXPECT_EQ(test::everything_in(index), test::everything_in({.tensors = tensors}));
}

TEST_F(WritePth, WritesTheSameBytesForTheSameTensors) {
  const std::vector<float> floats{1, 2};
  const std::vector tensors{test::stored("a", ElementType::Float32, {2}, floats)};

  EXPECT_EQ(written(tensors), written(tensors));
}

TEST_F(WritePth, KeepsMetadata) {
  const std::map<std::string, std::string> metadata{{"head.0", "BIN spoof bonafide"},
                                                    {"note", "a \"b\" ü"}};
  const std::vector<float> floats{1, 2};
  const auto file = written({test::stored("a", ElementType::Float32, {2}, floats)}, metadata);
  EXPECT_EQ(read(file).metadata, metadata);
}

TEST(Pth, RefusesMetadataThatIsntTexts) {
  for (const std::string text :
       {"", "[]", "{", "{\"a\":1}", "{\"a\":{\"b\":\"c\"}}", "{\"a\":\"\xFF\"}"}) {
    const auto file = test::plain_zip({{"a/data.pkl", state_with_shape("K\x02\x85")},
                                       {"a/data/0", std::string(8, '\0')},
                                       {"a/codectrace/metadata.json", text}});
    expect_refused(file, "codectrace/metadata.json");
  }
}

TEST_F(WritePth, WritesNoTensorsToo) {
  const auto file = written({});
  expect_refused(file, "a dict of nothing");
}

}  // namespace
}  // namespace codectrace::model
