#include "audio/decode.h"

#include <sys/stat.h>

#include <cmath>
#include <limits>

#include "tests/support/audio_files.h"
#include "tests/support/damage.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace codectrace::audio {
namespace {

using test::expect_error;
using test::kWav16;
using test::noise_pcm;

Audio decoded(const std::filesystem::path& path) {
  Audio audio;
  Decoder().decode(path, audio);
  return audio;
}

/// Counted, not fitted: crossings from below, a second.
double measured_frequency(const std::vector<float>& samples, double rate) {
  std::size_t first = 0;
  std::size_t last = 0;
  int crossings = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    if (samples[i - 1] >= 0 || samples[i] < 0) continue;
    if (crossings++ == 0) first = i;
    last = i;
  }
  return (crossings - 1) * rate / static_cast<double>(last - first);
}

struct Format {
  const char* extension;
  int format;
  int rate;
  int channels;
  bool is_lossless16;
};

class EveryFormat : public testing::TestWithParam<Format> {};

TEST_P(EveryFormat, IsDecodedAtItsOwnRateAndMixedToMono) {
  const auto& format = GetParam();
  const test::TemporaryFolder folder;
  const auto path = folder / ("tone" + std::string(format.extension));
  constexpr double kTone = 440;
  test::write_audio(path, format.format, format.rate, format.channels,
                    test::sine(kTone, format.rate, format.channels, 1));

  const Audio audio = decoded(path);

  EXPECT_EQ(audio.sample_rate_hz, static_cast<std::uint32_t>(format.rate));
  EXPECT_EQ(audio.channels, format.channels);
  EXPECT_EQ(audio.is_int16, format.is_lossless16);
  EXPECT_EQ(audio.cut_short, "");
  EXPECT_EQ(audio.non_finite, 0U);
  // mp3 adds up to two of its frames of 1152 samples around what it codes
  EXPECT_NEAR(static_cast<double>(audio.size()), format.rate, 2 * 1152);
  auto samples = audio.samples;
  if (audio.is_int16) samples.assign(audio.pcm.begin(), audio.pcm.end());
  EXPECT_NEAR(measured_frequency(samples, format.rate), kTone, 2);
}

INSTANTIATE_TEST_SUITE_P(
    Decode, EveryFormat,
    testing::Values(Format{".wav", kWav16, 16000, 1, true}, Format{".wav", kWav16, 48000, 2, true},
                    Format{".wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 44100, 1, false},
                    Format{".wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 22050, 2, false},
                    Format{".wav", SF_FORMAT_WAV | SF_FORMAT_ULAW, 8000, 1, true},
                    Format{".flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 1, true},
                    Format{".flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 48000, 6, false},
                    Format{".ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 16000, 1, false},
                    Format{".ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100, 2, false},
                    Format{".opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 48000, 1, false},
                    Format{".mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 16000, 1, false},
                    Format{".mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 44100, 2, false},
                    Format{".aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 32000, 1, true}),
    [](const auto& instance) {
      const auto& f = instance.param;
      return std::string(f.extension + 1) + "_" + std::to_string(f.format & SF_FORMAT_SUBMASK) +
             "_" + std::to_string(f.rate) + "_" + std::to_string(f.channels);
    });

TEST(Decoder, Returns16BitSamplesBitForBit) {
  const test::TemporaryFolder folder;
  const auto samples = noise_pcm(5000, 1);
  test::write_pcm(folder / "a.wav", kWav16, 16000, 1, samples);
  test::write_pcm(folder / "a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 1, samples);

  EXPECT_EQ(decoded(folder / "a.wav").pcm, samples);
  EXPECT_EQ(decoded(folder / "a.flac").pcm, samples);
}

TEST(Decoder, AveragesChannelsAndSaysWhetherThatIsExact) {
  const test::TemporaryFolder folder;
  test::write_pcm(folder / "even.wav", kWav16, 16000, 2, {100, 200, -32768, -32768, 1, 3});
  test::write_pcm(folder / "odd.wav", kWav16, 16000, 2, {100, 201, 0, 0});

  const Audio even = decoded(folder / "even.wav");
  const Audio odd = decoded(folder / "odd.wav");

  EXPECT_TRUE(even.is_int16);
  EXPECT_EQ(even.pcm, (std::vector<std::int16_t>{150, -32768, 2}));
  EXPECT_FALSE(odd.is_int16);
  EXPECT_EQ(odd.samples, (std::vector<float>{150.5F / 32768, 0}));
}

TEST(Decoder, CountsSamplesThatAreNotFinite) {
  const test::TemporaryFolder folder;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  test::write_audio(folder / "a.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 16000, 1,
                    {0.5F, nan, -infinity, 2.0F});

  const Audio audio = decoded(folder / "a.wav");

  EXPECT_EQ(audio.non_finite, 2U);
  EXPECT_EQ(audio.samples[3], 2.0F);
}

TEST(Decoder, NoticesFilesThatEndBeforeTheirHeaderSays) {
  const test::TemporaryFolder folder;
  const auto samples = noise_pcm(20000, 2);
  test::write_pcm(folder / "a.wav", kWav16, 16000, 1, samples);
  test::write_pcm(folder / "a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 1, samples);
  for (const char* name : {"a.wav", "a.flac"}) {
    std::filesystem::resize_file(folder / name, std::filesystem::file_size(folder / name) / 2);
  }

  const Audio wav = decoded(folder / "a.wav");
  const Audio flac = decoded(folder / "a.flac");

  EXPECT_THAT(wav.cut_short, testing::HasSubstr("promises 40000"));
  EXPECT_GT(wav.size(), 9000U);
  EXPECT_LT(wav.size(), 10001U);
  EXPECT_THAT(flac.cut_short, testing::HasSubstr("promises 20000"));
  EXPECT_LT(flac.size(), 20000U);
  EXPECT_TRUE(std::equal(wav.pcm.begin(), wav.pcm.end(), samples.begin()));
}

struct Container {
  const char* extension;
  int format;
};

class EveryContainer : public testing::TestWithParam<Container> {
 protected:
  [[nodiscard]] std::filesystem::path written(std::size_t samples) const {
    auto path = folder_ / std::string("a").append(GetParam().extension);
    test::write_pcm(path, GetParam().format | SF_FORMAT_PCM_16, 16000, 1, noise_pcm(samples, 7));
    return path;
  }

  test::TemporaryFolder folder_;
};

TEST_P(EveryContainer, ThatIsCutInHalfIsCutShort) {
  const auto path = written(20000);
  EXPECT_EQ(decoded(path).cut_short, "");

  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);

  const Audio audio = decoded(path);
  EXPECT_THAT(audio.cut_short, testing::HasSubstr("promises 40000"));
  EXPECT_GT(audio.size(), 5000U);
  EXPECT_LT(audio.size(), 10001U);
}

TEST_P(EveryContainer, ThatLacksItsLastByteIsCutShort) {
  const auto path = written(1001);
  // What follows the samples to make their number even isn't theirs.
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 8);

  EXPECT_THAT(decoded(path).cut_short, testing::HasSubstr("promises 2002"));
}

TEST_P(EveryContainer, WithoutSamplesIsWhole) { EXPECT_EQ(decoded(written(0)).cut_short, ""); }

INSTANTIATE_TEST_SUITE_P(
    Decode, EveryContainer,
    testing::Values(Container{".wav", SF_FORMAT_WAV}, Container{".rf64", SF_FORMAT_RF64},
                    Container{".rifx", SF_FORMAT_WAV | SF_ENDIAN_BIG},
                    Container{".w64", SF_FORMAT_W64}, Container{".aiff", SF_FORMAT_AIFF},
                    Container{".au", SF_FORMAT_AU},
                    Container{".le_au", SF_FORMAT_AU | SF_ENDIAN_LITTLE}),
    [](const auto& instance) { return std::string(instance.param.extension + 1); });

TEST(Decoder, NoticesTheEndOfAWavWhoseHeaderIsLong) {
  const test::TemporaryFolder folder;
  test::write_pcm(folder / "a.wav", kWav16, 16000, 1, noise_pcm(20000, 8));
  auto bytes = test::bytes_of(folder / "a.wav");
  std::string notes("LIST\0\0\0\0INFO", 12);
  for (int i = 0; i < 300; ++i) {
    notes.append("ICMT\x20\0\0\0", 8).append(31, 'x').append(1, '\0');
  }
  const auto size = static_cast<std::uint32_t>(notes.size() - 8);
  for (std::size_t i = 0; i < 4; ++i) notes[4 + i] = static_cast<char>(size >> (8 * i) & 0xFF);
  bytes.insert(36, notes);  // before the data chunk
  test::write_bytes(folder / "a.wav", bytes);
  EXPECT_EQ(decoded(folder / "a.wav").cut_short, "");

  std::filesystem::resize_file(folder / "a.wav", bytes.size() / 2);

  EXPECT_THAT(decoded(folder / "a.wav").cut_short, testing::HasSubstr("promises 40000"));
}

TEST(Decoder, TakesAWavWrittenToAPipeAsWhole) {
  const test::TemporaryFolder folder;
  test::write_pcm(folder / "a.wav", kWav16, 16000, 1, noise_pcm(100, 3));
  auto bytes = test::bytes_of(folder / "a.wav");
  for (const char* size : {"\xFF\xFF\xFF\xFF", "\xFF\xFF\xFF\x7F", "\x10\xF0\xFF\x7F"}) {
    bytes.replace(bytes.find("data") + 4, 4, std::string(size, 4));
    test::write_bytes(folder / "a.wav", bytes);

    EXPECT_EQ(decoded(folder / "a.wav").cut_short, "") << testing::PrintToString(size);
    EXPECT_EQ(decoded(folder / "a.wav").size(), 100U) << testing::PrintToString(size);
  }
}

TEST(Decoder, TakesAWavThatWasNeverClosedAsWhole) {
  const test::TemporaryFolder folder;
  test::write_pcm(folder / "a.wav", kWav16, 16000, 1, noise_pcm(100, 3));
  auto bytes = test::bytes_of(folder / "a.wav");
  bytes.replace(4, 4, std::string("\x08\0\0\0", 4));
  bytes.replace(bytes.find("data") + 4, 4, std::string(4, '\0'));
  test::write_bytes(folder / "a.wav", bytes);

  EXPECT_EQ(decoded(folder / "a.wav").cut_short, "");
  EXPECT_EQ(decoded(folder / "a.wav").size(), 100U);
}

TEST(Decoder, TakesNoCafThatEndsEarlyForWhole) {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.caf";
  test::write_pcm(path, SF_FORMAT_CAF | SF_FORMAT_PCM_16, 16000, 1, noise_pcm(20000, 7));
  const auto size = std::filesystem::file_size(path);

  std::filesystem::resize_file(path, size - 1);
  EXPECT_THAT(decoded(path).cut_short, testing::HasSubstr("promises 40000"));
  std::filesystem::resize_file(path, size / 2);
  expect_error(
      ErrorKind::BadData, [&] { static_cast<void>(decoded(path)); }, "malformed");
}

TEST(Decoder, TakesAnAuWrittenToAPipeAsWhole) {
  const test::TemporaryFolder folder;
  test::write_pcm(folder / "a.au", SF_FORMAT_AU | SF_FORMAT_PCM_16, 16000, 1, noise_pcm(100, 3));
  auto bytes = test::bytes_of(folder / "a.au");
  bytes.replace(8, 4, "\xFF\xFF\xFF\xFF");
  test::write_bytes(folder / "a.au", bytes);

  EXPECT_EQ(decoded(folder / "a.au").cut_short, "");
  EXPECT_EQ(decoded(folder / "a.au").size(), 100U);
}

TEST(Decoder, DoesNotBelieveALengthThatNoFileCouldHold) {
  const test::TemporaryFolder folder;
  test::write_pcm(folder / "a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 1,
                  noise_pcm(100, 4));
  auto bytes = test::bytes_of(folder / "a.flac");
  // STREAMINFO's number of samples: the low 36 bits of the eight bytes from 18 on
  bytes[21] = static_cast<char>(bytes[21] | 0x0F);
  bytes[22] = '\xFF';
  test::write_bytes(folder / "a.flac", bytes);

  const Audio audio = decoded(folder / "a.flac");  // 2^35 samples would not fit

  EXPECT_EQ(audio.size(), 100U);
  EXPECT_THAT(audio.cut_short, testing::HasSubstr("promises"));
}

TEST(Decoder, SaysWhatIsWrongWithWhatItCannotRead) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "folder.wav");
  test::write_bytes(folder / "empty.wav", "");
  test::write_bytes(folder / "text.wav", "not audio at all, but long enough to look into");
  std::filesystem::create_symlink("loop.wav", folder / "loop.wav");
  ASSERT_EQ(::mkfifo((folder / "pipe.wav").c_str(), 0600), 0);

  const auto decode = [&](const char* name) {
    return [path = folder / name] { static_cast<void>(decoded(path)); };
  };
  expect_error(ErrorKind::BadData, decode("none.wav"), "none.wav", "No such file");
  expect_error(ErrorKind::BadData, decode("folder.wav"), "folder.wav", "folder");
  expect_error(ErrorKind::BadData, decode("empty.wav"), "empty.wav", "is empty");
  expect_error(ErrorKind::BadData, decode("text.wav"), "text.wav", "ormat");
  expect_error(ErrorKind::BadData, decode("pipe.wav"), "pipe.wav", "pipe");
  expect_error(ErrorKind::BadData, decode("loop.wav"), "loop.wav", "links");
}

TEST(Decoder, SurvivesEveryTruncationOfAHeader) {
  const test::TemporaryFolder folder;
  test::write_pcm(folder / "a.wav", kWav16, 16000, 1, noise_pcm(50, 5));
  const auto bytes = test::bytes_of(folder / "a.wav");
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    test::write_bytes(folder / "b.wav", bytes.substr(0, size));
    try {
      const Audio audio = decoded(folder / "b.wav");
      // Cut within the data chunk's own header, the file is one without samples: empty, not cut
      // short.
      EXPECT_TRUE(!audio.cut_short.empty() || size < 44) << size << " bytes";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::BadData) << size << " bytes";
    }
  }
}

TEST(Decoder, LeavesNothingOfOneFileInTheNext) {
  const test::TemporaryFolder folder;
  test::write_pcm(folder / "long.wav", kWav16, 16000, 1, noise_pcm(1000, 6));
  test::write_pcm(folder / "short.wav", kWav16, 8000, 1, {1, 2, 3});
  Decoder decoder;
  Audio audio;

  decoder.decode(folder / "long.wav", audio);
  decoder.decode(folder / "short.wav", audio);

  EXPECT_EQ(audio.pcm, (std::vector<std::int16_t>{1, 2, 3}));
  EXPECT_EQ(audio.sample_rate_hz, 8000U);
}

}  // namespace
}  // namespace codectrace::audio
