#include "model/factory.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"
#include "model/sast_net/sast_net.h"
#include "model/w2v2_aasist/w2v2_aasist.h"

namespace codectrace::model {
namespace {

std::vector<Head> heads_of(const ModelConfig& config, const std::vector<Head>& taxonomy) {
  std::vector<Head> heads;
  for (const auto& task : tasks_of(config)) {
    const auto head = std::ranges::find(taxonomy, task, &Head::task);
    if (head == taxonomy.end()) {
      throw Error(ErrorKind::Usage,
                  fmt::format("the taxonomy has no task {}, which the model answers", task));
    }
    heads.push_back(*head);
  }
  return heads;
}

}  // namespace

std::shared_ptr<Network> make_network(const ModelConfig& config,
                                      const std::vector<Head>& taxonomy) {
  check(config);
  switch (config.name) {
    case Architecture::W2v2Aasist:
      return std::make_shared<W2v2Aasist>(config, heads_of(config, taxonomy));
    case Architecture::SastNet:
      return std::make_shared<SastNet>(config, heads_of(config, taxonomy));
  }
  invariant_failed("name", "an architecture without an implementation");
}

}  // namespace codectrace::model
