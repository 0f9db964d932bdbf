#include "comm/one_sided.h"

#include <mpi.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace codectrace::comm {
namespace {

constexpr const char* kVariable = "OMPI_MCA_osc";
constexpr const char* kControl = "osc";  // Open MPI's name of the same; other MPIs have none

/// MPI's tool interface, which is there before MPI_Init. Without it nothing is known.
class ToolSession {
 public:
  ToolSession() {
    int provided = MPI_THREAD_SINGLE;
    is_open_ = MPI_T_init_thread(MPI_THREAD_SINGLE, &provided) == MPI_SUCCESS;
  }
  ToolSession(const ToolSession&) = delete;
  ToolSession& operator=(const ToolSession&) = delete;
  ~ToolSession() {
    if (is_open_) MPI_T_finalize();
  }
  [[nodiscard]] bool is_open() const { return is_open_; }

 private:
  bool is_open_ = false;
};

/// The list of components that Open MPI's configuration files give; empty: none, or not Open MPI.
std::string configured_components() {
  const ToolSession session;
  int index = 0;
  if (!session.is_open() || MPI_T_cvar_get_index(kControl, &index) != MPI_SUCCESS) return "";
  MPI_T_cvar_handle handle = MPI_T_CVAR_HANDLE_NULL;
  int size = 0;
  if (MPI_T_cvar_handle_alloc(index, nullptr, &handle, &size) != MPI_SUCCESS) return "";
  std::vector<char> text(static_cast<std::size_t>(std::max(size, 0)) + 1, '\0');
  const bool is_read = MPI_T_cvar_read(handle, text.data()) == MPI_SUCCESS;
  MPI_T_cvar_handle_free(&handle);
  return is_read ? std::string(text.data()) : "";
}

}  // namespace

std::optional<std::string> without_pt2pt_excluded(std::string_view components) {
  if (!components.starts_with('^')) return std::nullopt;  // a list of what is wanted, or all
  components.remove_prefix(1);
  std::string others;
  bool is_excluded = false;
  while (!components.empty()) {
    const auto comma = components.find(',');
    const auto name = components.substr(0, comma);
    components.remove_prefix(comma == std::string_view::npos ? components.size() : comma + 1);
    if (name == "pt2pt") {
      is_excluded = true;
    } else {
      others.append(others.empty() ? "^" : ",").append(name);
    }
  }
  if (!is_excluded) return std::nullopt;
  return others;
}

void allow_one_sided_over_tcp() {
  if (std::getenv(kVariable) != nullptr) return;
  const auto components = without_pt2pt_excluded(configured_components());
  if (components) ::setenv(kVariable, components->c_str(), /*overwrite=*/0);
}

}  // namespace codectrace::comm
