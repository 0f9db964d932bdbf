#include "model/weights/pickle_reader.h"

#include <gtest/gtest.h>

#include <array>
#include <charconv>
#include <ctime>
#include <limits>

#include "core/random.h"
#include "tests/support/expect_error.h"
#include "tests/support/stored_bytes.h"

namespace codectrace::model {
namespace {

using Kind = PickleValue::Kind;

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    unsigned char byte = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

std::string repeated(std::size_t count, std::string_view piece) {
  std::string text;
  text.reserve(count * piece.size());
  for (std::size_t i = 0; i < count; ++i) text += piece;
  return text;
}

/// Of protocol 2. The bytes outlive the pickle.
Pickle parse(const std::string& bytes) { return Pickle(test::as_bytes(bytes)); }

template <class... Pieces>
void expect_refused(const std::string& bytes, const Pieces&... pieces) {
  test::expect_error(
      ErrorKind::BadData, [&] { parse(bytes); }, "corrupt", pieces...);
}

// pickle.dumps({'a': [1, -2, 300, 70000, 2**40, -2**63], 't': (1.5, None, True, False),
//               'b': b'\x00\xff', 's': {3}, 'd': collections.OrderedDict(x='ü'),
//               'n': argparse.Namespace(lr=0.1)}, protocol) by Python 3.11
const std::array kByProtocol{
    from_hex(
        "80027d71002858010000006171015d7102284b014afeffffff4d2c014a701101008a060000000000018a080"
        "00000000000008065580100000074710328473ff80000000000004e88897471045801000000627105635f63"
        "6f646563730a656e636f64650a7106580300000000c3bf710758060000006c6174696e31710886710952710"
        "a580100000073710b635f5f6275696c74696e5f5f0a7365740a710c5d710d4b036185710e52710f58010000"
        "0064711063636f6c6c656374696f6e730a4f726465726564446963740a71112952711258010000007871135"
        "802000000c3bc71147358010000006e71156361726770617273650a4e616d6573706163650a711629817117"
        "7d711858020000006c727119473fb999999999999a7362752e"),
    from_hex(
        "80037d71002858010000006171015d7102284b014afeffffff4d2c014a701101008a060000000000018a080"
        "00000000000008065580100000074710328473ff80000000000004e88897471045801000000627105430200"
        "ff71065801000000737107636275696c74696e730a7365740a71085d71094b036185710a52710b580100000"
        "064710c63636f6c6c656374696f6e730a4f726465726564446963740a710d2952710e580100000078710f58"
        "02000000c3bc71107358010000006e71116361726770617273650a4e616d6573706163650a7112298171137"
        "d711458020000006c727115473fb999999999999a7362752e"),
    from_hex(
        "800495b5000000000000007d94288c0161945d94284b014afeffffff4d2c014a701101008a0600000000000"
        "18a080000000000000080658c01749428473ff80000000000004e888974948c016294430200ff948c017394"
        "8f94284b03908c0164948c0b636f6c6c656374696f6e73948c0b4f726465726564446963749493942952948"
        "c0178948c02c3bc94738c016e948c086172677061727365948c094e616d6573706163659493942981947d94"
        "8c026c7294473fb999999999999a7362752e"),
    from_hex(
        "800595b5000000000000007d94288c0161945d94284b014afeffffff4d2c014a701101008a0600000000000"
        "18a080000000000000080658c01749428473ff80000000000004e888974948c016294430200ff948c017394"
        "8f94284b03908c0164948c0b636f6c6c656374696f6e73948c0b4f726465726564446963749493942952948"
        "c0178948c02c3bc94738c016e948c086172677061727365948c094e616d6573706163659493942981947d94"
        "8c026c7294473fb999999999999a7362752e")};

TEST(Pickle, HoldsThePlainValuesOfProtocols2To5) {
  for (const auto& bytes : kByProtocol) {
    const auto pickle = parse(bytes);

    const auto& root = pickle.root();
    ASSERT_EQ(root.kind, Kind::Dict);
    std::vector<std::int64_t> numbers;
    for (const auto* item : root.find("a")->items) numbers.push_back(item->integer);
    EXPECT_EQ(numbers, (std::vector<std::int64_t>{1, -2, 300, 70000, std::int64_t{1} << 40,
                                                  std::numeric_limits<std::int64_t>::min()}));
    const auto& tuple = *root.find("t");
    EXPECT_EQ(tuple.kind, Kind::Tuple);
    EXPECT_EQ(tuple.items.at(0)->real, 1.5);
    EXPECT_EQ(tuple.items.at(1)->kind, Kind::None);
    EXPECT_EQ(tuple.items.at(2)->kind, Kind::Bool);
    EXPECT_EQ(tuple.items.at(2)->integer, 1);
    EXPECT_EQ(tuple.items.at(3)->integer, 0);
    EXPECT_EQ(root.find("none of them"), nullptr);
    EXPECT_EQ(pickle.size(), bytes.size());
  }
}

TEST(Pickle, TakesStandardDictionariesForDicts) {
  for (const auto& bytes : kByProtocol) {
    const auto pickle = parse(bytes);
    const auto& ordered = *pickle.root().find("d");
    ASSERT_EQ(ordered.kind, Kind::Dict);
    EXPECT_EQ(ordered.find("x")->text, "ü");
  }
  // Python 2: OrderedDict([['k', 'v']])
  const std::string python2 =
      "\x80\x02"
      "ccollections\nOrderedDict\n]](U\x01kU\x01vea\x85R.";
  const auto pickle = parse(python2);
  EXPECT_EQ(pickle.root().find("k")->text, "v");
}

TEST(Pickle, KeepsUnknownObjectsAsWhatTheyWouldHaveBeen) {
  for (const auto& bytes : kByProtocol) {
    const auto pickle = parse(bytes);
    const auto& object = *pickle.root().find("n");
    ASSERT_EQ(object.kind, Kind::Object);
    EXPECT_TRUE(object.items[0]->is_global("argparse", "Namespace"));
    EXPECT_EQ(object.items.at(2)->find("lr")->real, 0.1);
    EXPECT_EQ(description(object), "an object of argparse.Namespace");
  }
}

TEST(Pickle, RunsNothing) {
  // os.system("exit 1"), in the ways that a pickle calls
  const std::string zeros(3, '\0');
  const std::string command = "X\x06" + zeros + "exit 1";
  for (const std::string& call :
       {"cos\nsystem\n" + command + "\x85R.", "(" + command + "ios\nsystem\n.",
        "(cos\nsystem\n" + command + "o.", "cos\nsystem\n" + command + "\x85\x81."}) {
    const std::string bytes = "\x80\x02" + call;
    const auto pickle = parse(bytes);

    EXPECT_EQ(pickle.root().kind, Kind::Object);
    EXPECT_TRUE(pickle.root().items[0]->is_global("os", "system"));
    EXPECT_EQ(pickle.root().items[1]->items.at(0)->text, "exit 1");
  }
}

TEST(Pickle, LeavesOutWhatAnUnknownObjectWouldCollect) {
  const std::string bytes =
      "\x80\x02"
      "cx\nY\n)RU\x01k"
      "K\x01s(U\x01k"
      "K\x02uK\x03"
      "a(K\x04"
      "e}b.";

  const auto pickle = parse(bytes);

  EXPECT_EQ(pickle.root().kind, Kind::Object);
  EXPECT_EQ(pickle.root().items.size(), 3U);  // what, arguments, state
}

TEST(Pickle, ReadsPython2sNumbers) {
  const std::string bytes =
      "\x80\x02(I01\nI-3000000000\nU\x03"
      "abct.";
  const auto pickle = parse(bytes);

  const auto& items = pickle.root().items;
  EXPECT_EQ(items.at(0)->kind, Kind::Bool);
  EXPECT_EQ(items.at(1)->integer, -3'000'000'000);
  EXPECT_EQ(items.at(2)->text, "abc");
}

TEST(Pickle, KeepsNumbersBeyond64BitsAsBytes) {
  const auto bytes = from_hex("80028a0a6cfc9c46f9206aa850192e");  // 0x1950a86a20f9469cfc6c
  const auto pickle = parse(bytes);

  EXPECT_EQ(pickle.root().kind, Kind::BigInteger);
  EXPECT_EQ(pickle.root().text.size(), 10U);
}

TEST(Pickle, MayHoldItself) {
  const std::string bytes(
      "\x80\x02]q\x00h\x00"
      "a.",
      9);
  const auto pickle = parse(bytes);

  EXPECT_EQ(pickle.root().items.at(0), &pickle.root());
}

TEST(Pickle, TakesTheLaterOfTwoEqualKeys) {
  const std::string bytes = "\x80\x02}(U\x01kK\x01U\x01kK\x02u.";
  EXPECT_EQ(parse(bytes).root().find("k")->integer, 2);
}

TEST(Pickle, SaysWhereItEnds) {
  const std::string bytes = "\x80\x02K\x07.rest of the file";
  EXPECT_EQ(parse(bytes).size(), 5U);
}

TEST(Pickle, RefusesAFileCutAnywhere) {
  for (const auto& whole : kByProtocol) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto cut = whole.substr(0, size);
      test::expect_error(ErrorKind::BadData, [&] { parse(cut); });
    }
  }
}

TEST(Pickle, RefusesWhatTakesFromAnEmptyStack) {
  for (const std::string op : {".", "a", "s", "b", "R", "\x81", "\x92", "\x93", "\x85", "\x86",
                               "\x87", "0", "2", "Q", "\x94"}) {
    expect_refused("\x80\x02" + op, "empty stack");
  }
  for (const std::string op : {"t", "l", "d", "e", "u", "\x90", "\x91", "1", "o"}) {
    expect_refused("\x80\x02" + op);
  }
  expect_refused("\x80\x02K\x01(a.", "empty stack");  // not from below the mark
}

TEST(Pickle, RefusesWhatContradictsItself) {
  expect_refused(std::string("\x80\x02h\x05.", 5), "recalls 5");
  expect_refused(
      "\x80\x02K\x01K\x02"
      "a.",
      "no list");
  expect_refused("\x80\x02]K\x01K\x02s.", "no dict");
  expect_refused("\x80\x02}(K\x01u.", "a key without a value");
  expect_refused(
      "\x80\x02(K\x01"
      "d.",
      "a key without a value");
  expect_refused("\x80\x02K\x01K\x02\x93.", "no text");
  expect_refused("\x80\x02(o.", "no class");
  expect_refused("\x80\x02I12x\n.", "a number that is none");
  expect_refused("\x80\x06N.", "newer");
  expect_refused("\x80\x04\x95\x63" + std::string(7, '\0') + "N.", "frame");
  expect_refused(
      "\x80\x02"
      "ccollections\nOrderedDict\n](K\x01K\x02"
      "ea\x85R.",
      "");
}

TEST(Pickle, RefusesInstructionsThatNoWeightsHave) {
  for (const char op : {'S', 'V', 'L', 'F', 'P', 'p', 'g', '\x82', '\x83', '\x84', '\x97', '\x98',
                        '\x00', '\x7F', '\xFF'}) {
    expect_refused(std::string("\x80\x02") + op, "unknown instruction", "at byte 2");
  }
}

TEST(Pickle, RefusesLengthsBeyondTheFile) {
  const std::string huge(8, '\xFF');
  for (const std::string op : {"X", "B", "T", "\x8B", "\x8D", "\x8E", "\x96"}) {
    const std::string bytes = "\x80\x05" + op + huge;
    test::expect_error(
        ErrorKind::BadData, [&] { parse(bytes); }, "too early");
  }
}

TEST(Pickle, NeedsNoStackForDeepNesting) {
  constexpr std::size_t kDeep = 1'000'000;
  const std::string bytes = "\x80\x02" + repeated(kDeep, "]") + repeated(kDeep - 1, "a") + ".";

  const auto pickle = parse(bytes);

  EXPECT_EQ(pickle.values().size(), kDeep);
  EXPECT_EQ(pickle.root().items.size(), 1U);
}

TEST(Pickle, RefusesMoreStepsThanAnyWeightsTake) {
  expect_refused("\x80\x02" + repeated(4'000'001, "N") + ".", "more than 4000000 steps");

  // A list of a thousand pairs, made a dictionary of ten thousand times: few bytes, much work.
  std::string bytes =
      "\x80\x02"
      "ccollections\nOrderedDict\nq" +
      std::string(1, '\0');
  bytes += "](" + repeated(1000, "K\x01K\x02\x86") + "eq\x01";
  bytes += repeated(10'000, std::string("0h\0h\x01\x85R", 7)) + ".";
  expect_refused(bytes, "steps");
}

// The indices are multiples of a size that the standard hash table has at that many entries, where
// they would all share a bucket.
TEST(Pickle, TakesNoLongerForMemoIndicesChosenToCollide) {
  constexpr std::uint32_t kBuckets = 85'229;
  constexpr std::uint32_t kKept = 50'000;
  constexpr std::size_t kRecalled = 1'000'000;
  const auto with_index = [](char op, std::uint32_t index) {
    return std::string(1, op) + std::string(reinterpret_cast<const char*>(&index), sizeof(index));
  };
  std::string bytes = "\x80\x02]";
  for (std::uint32_t i = 0; i < kKept; ++i) bytes += with_index('r', i * kBuckets);
  bytes += repeated(kRecalled, with_index('j', 0) + "0") + ".";

  const auto before = std::clock();
  parse(bytes);

  constexpr double kMostSeconds = 10;  // 0.1 on the slowest machine tried, without sanitizers
  EXPECT_LT(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, kMostSeconds);
}

TEST(Pickle, StandsAnyBytes) {
  constexpr std::uint64_t kLength = 64;
  for (std::uint64_t item = 0; item < 20'000; ++item) {
    const CounterRandom random(1, "pickle", 0, item);
    std::string bytes = "\x80\x02(";
    for (std::uint64_t i = 0; i < kLength; ++i) bytes += static_cast<char>(random.below(256, i));
    bytes += ".";
    try {
      parse(bytes);
    } catch (const Error& error) {
      ASSERT_EQ(error.kind(), ErrorKind::BadData);
    }
  }
}

}  // namespace
}  // namespace codectrace::model
