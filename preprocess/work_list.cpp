#include "preprocess/work_list.h"

#include <nlohmann/json.hpp>

namespace codectrace::preprocess {
namespace {

template <class T>
void broadcast_vector(std::vector<T>& values, comm::Communicator& comm) {
  auto size = static_cast<std::uint64_t>(values.size());
  comm.broadcast(comm::buffer(std::span(&size, 1)), 0);
  values.resize(size);
  if (size > 0) comm.broadcast(comm::buffer(std::span(values)), 0);
}

std::string json_of(const WorkList& list) {
  nlohmann::json columns = nlohmann::json::array();
  for (const auto& [name, categories] : list.columns) {
    columns.push_back({{"name", name}, {"categories", categories}});
  }
  return nlohmann::json{{"columns", columns}, {"extensions", list.extensions}}.dump();
}

void read_json(const std::string& text, WorkList& list) {
  const auto json = nlohmann::json::parse(text);
  list.columns.clear();
  for (const auto& column : json.at("columns")) {
    list.columns.push_back({column.at("name"), column.at("categories")});
  }
  list.extensions = json.at("extensions").get<std::vector<std::string>>();
}

}  // namespace

std::filesystem::path WorkList::file(std::size_t i) const {
  return std::string(ids[i]) + extensions[extension[i]];
}

void broadcast(std::string& text, comm::Communicator& comm) {
  std::vector<char> bytes(text.begin(), text.end());
  broadcast_vector(bytes, comm);
  text.assign(bytes.begin(), bytes.end());
}

void broadcast(WorkList& list, comm::Communicator& comm) {
  std::string described = json_of(list);
  broadcast(described, comm);
  std::string id_bytes = list.ids.bytes();
  broadcast(id_bytes, comm);
  std::vector<std::uint64_t> id_offsets = list.ids.offsets();
  broadcast_vector(id_offsets, comm);
  std::vector<char> extension(list.extension.begin(), list.extension.end());
  broadcast_vector(extension, comm);
  broadcast_vector(list.codes, comm);
  if (comm.is_root()) return;

  read_json(described, list);
  list.ids = shard::TextColumn(std::move(id_bytes), std::move(id_offsets));
  list.extension.assign(extension.begin(), extension.end());
}

}  // namespace codectrace::preprocess
