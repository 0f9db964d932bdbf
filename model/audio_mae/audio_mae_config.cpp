#include "model/audio_mae/audio_mae_config.h"

#include <string_view>

#include <fmt/format.h>

#include "core/error.h"

namespace codectrace::model {
namespace {

void check_multiple(std::string_view key, int value, std::string_view of, int divisor) {
  if (value % divisor == 0) return;
  throw Error(ErrorKind::Usage, fmt::format("model.audio_mae.{} {} must be a multiple of {} {}",
                                            key, value, of, divisor));
}

}  // namespace

void check(const AudioMaeConfig& audio_mae) {
  check_multiple("image_width", audio_mae.image_width, "patch", audio_mae.patch);
  check_multiple("dim", audio_mae.dim, "heads", audio_mae.heads);
  check_multiple("dim", audio_mae.dim, "cross_heads", audio_mae.cross_heads);
  check_multiple("decoder_dim", audio_mae.decoder_dim, "decoder_heads", audio_mae.decoder_heads);
  constexpr int kPerPosition = 4;  // sine and cosine, of row and band
  check_multiple("dim", audio_mae.dim, "the parts of a position,", kPerPosition);
  check_multiple("decoder_dim", audio_mae.decoder_dim, "the parts of a position,", kPerPosition);
}

}  // namespace codectrace::model
