#include "evaluate/gnuplot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/temporary_folder.h"
#include "evaluate/html.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX asks for it

namespace codectrace::evaluate {
namespace {

namespace fs = std::filesystem;

/// Runs `gnuplot script` with its output in files. @returns its wait status, nullopt if it isn't
/// installed
std::optional<int> run_gnuplot(const fs::path& script, const fs::path& out, const fs::path& err) {
  constexpr int kCreate = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), kCreate, 0666);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), kCreate, 0666);
  std::string name = "gnuplot";
  std::string file = script.string();
  const std::array<char*, 3> arguments{name.data(), file.data(), nullptr};
  pid_t child = 0;
  const int failed =
      ::posix_spawnp(&child, "gnuplot", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == ENOENT) return std::nullopt;
  errno = failed;
  if (failed != 0) throw_errno("start gnuplot");
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw_errno("wait for gnuplot");
  }
  return status;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

/// gnuplot's document → an element for a page.
std::string as_element(std::string svg, const std::string& description) {
  svg.erase(0, svg.find("<svg"));
  replace_all(svg, "rgb(  0,   0,   0)", "currentColor");
  replace_all(svg, "\"black\"", "\"currentColor\"");
  replace_all(svg, "'black'", "'currentColor'");
  replace_all(svg, "<title>Gnuplot</title>", "<title>" + escape_html(description) + "</title>");
  svg.insert(std::string_view("<svg").size(),
             fmt::format(" role=\"img\" aria-label=\"{}\"", escape_html(description)));
  return svg;
}

}  // namespace

std::optional<std::string> gnuplot_svg(const std::string& script, const std::string& description,
                                       int width, int height) {
  const TemporaryFolder scratch("plot");
  const auto header = fmt::format(
      "set terminal svg size {},{} dynamic enhanced font 'sans-serif,14' linewidth 1.4\n"
      "set encoding utf8\n",
      width, height);
  write_file_atomically(scratch / "plot.gp", header + script);
  const auto status = run_gnuplot(scratch / "plot.gp", scratch / "plot.svg", scratch / "errors");
  if (!status) return std::nullopt;
  if (*status != 0) {
    throw Error(ErrorKind::Environment,
                "gnuplot failed: " + read_file(scratch / "errors").substr(0, 1000));
  }
  return as_element(read_file(scratch / "plot.svg"), description);
}

}  // namespace codectrace::evaluate
