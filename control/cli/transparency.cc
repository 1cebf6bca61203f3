#include "control/cli/transparency.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "control/cli/words.h"

namespace lictor::control::cli {
namespace {

using Json = nlohmann::ordered_json;

bool is_in(const Period& period, const v1::Window& window) {
  return window.start_unix_ns() < period.to_unix_ns && window.end_unix_ns() > period.from_unix_ns;
}

// "ipv4", "flow", …: of a warrant with several targets each kind once.
std::set<std::string> kinds_of(const v1::Warrant& warrant) {
  std::set<std::string> kinds;
  for (const v1::TargetSpec& target : warrant.targets())
    kinds.insert(target.selector().substr(0, target.selector().find(':')));
  if (kinds.empty()) kinds.insert("erased");  // what retention has left
  return kinds;
}

Json shown(uint64_t count, uint64_t below) {
  if (count < below) return fmt::format("<{}", below);
  return count;
}

// Rows that a reader would else find by subtraction. A row that stands alone has a total as small as itself.
std::set<std::string> hidden_besides(const Counts& counts, uint64_t below) {
  const auto is_small = [below](const auto& row) { return row.second < below; };
  if (counts.size() == 1 || std::ranges::count_if(counts, is_small) != 1) return {};
  const auto next =
      std::ranges::min_element(counts, {}, [&](const auto& row) { return is_small(row) ? UINT64_MAX : row.second; });
  return {next->first};
}

}  // namespace

void TransparencyCount::add(const v1::Warrant& warrant) {
  if (warrant.purpose() == v1::WARRANT_PURPOSE_TEST || !warrant.has_window() || !is_in(period_, warrant.window()))
    return;
  tables_["by_type"][word_of(kContents, warrant.content())] += 1;
  tables_["by_country"][warrant.authorization_country()] += 1;
  tables_["by_state"][word_of(kWarrantStates, warrant.state())] += 1;
  for (const std::string& kind : kinds_of(warrant)) tables_["by_target"][kind] += 1;
}

Json suppressed(const Transparency& tables, uint64_t below) {
  Json report = Json::object();
  for (const auto& [name, counts] : tables) {
    const std::set<std::string> hidden = hidden_besides(counts, below);
    Json rows = Json::object();
    uint64_t total = 0;
    for (const auto& [row, count] : counts) {
      total += count;
      rows[row] = hidden.contains(row) ? Json("suppressed") : shown(count, below);
    }
    rows["total"] = shown(total, below);
    report[name] = rows;
  }
  return report;
}

}  // namespace lictor::control::cli
