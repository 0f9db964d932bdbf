#include "slurm/submit.h"

#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/wait.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/temporary_folder.h"
#include "slurm/shell_quote.h"

namespace codectrace::slurm {
namespace {

constexpr int kNotFound = 127;  // the shell's exit code

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

std::string everything(std::FILE* stream) {
  std::string text;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, stream)) > 0;) {
    text.append(buffer, n);
  }
  return text;
}

}  // namespace

std::string submit(const std::string& script, const std::vector<std::string>& after) {
  const TemporaryFolder folder("submit");
  const auto input = folder / "script";
  const auto errors = folder / "errors";
  write_file_atomically(input, script);
  std::vector<std::string> words{"sbatch", "--parsable"};
  if (!after.empty()) {
    words.push_back(fmt::format("--dependency=afterok:{}", fmt::join(after, ":")));
    words.emplace_back("--kill-on-invalid-dep=yes");
  }
  const auto line = fmt::format("{} <{} 2>{}", shell_line(words), shell_quote(input.string()),
                                shell_quote(errors.string()));
  std::FILE* stream = ::popen(line.c_str(), "re");
  if (stream == nullptr) throw_errno("start sbatch");
  const std::string said = trimmed(everything(stream));
  const int status = ::pclose(stream);
  const std::string complaint = trimmed(read_file(errors));
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotFound) {
    throw Error(ErrorKind::Environment,
                "there is no sbatch here: submit on a machine of the cluster, or see the script "
                "with --dry-run");
  }
  if (status != 0) throw Error(ErrorKind::Usage, "sbatch refuses the job: " + complaint);
  return said.substr(0, said.find(';'));  // "12;cluster"
}

}  // namespace codectrace::slurm
