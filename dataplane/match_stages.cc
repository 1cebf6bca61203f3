#include "dataplane/match_stages.h"

#include <algorithm>
#include <map>

#include "dataplane/base/check.h"

namespace lictor {

MatchStages::MatchStages(const MatchStagesPlan& plan, size_t tasks_max, RxAccount& account)
    : plan_(plan),
      account_(account),
      key_(HashKey::random()),
      kept_(tasks_max),
      undecided_(kBurst * std::min(tasks_max, kTasksPerPacketMax)) {
  std::map<uint16_t, uint32_t> ports_of;  // by tap group
  for (size_t i = 0; i < plan_.ports.size(); ++i) {
    const PortStages& port = plan_.ports[i];
    concerned_.push_back(port.deduplicate || port.exclusions != nullptr);
    if (port.deduplicate) ports_of[port.tap_group] |= uint32_t{1} << i;
  }
  groups_.resize(ports_of.empty() ? 0 : ports_of.rbegin()->first + size_t{1});
  for (const auto& [group, ports] : ports_of) {
    groups_[group].emplace(DeduplicatorPlan{.places = plan_.deduplicate_places,
                                            .window_ns = plan_.deduplicate_window_ns,
                                            .ports = ports,
                                            .evicted = &account_.stages.packets_forgotten});
  }
  if (plan_.patterns) matcher_.emplace(*plan_.patterns);
}

NarrowedMatch MatchStages::narrow(const MatchedPacket& packet, const TaskFilters* filters) noexcept {
  keep_admitted(packet, filters);
  if (kept_count_ == 0) return {MatchFate::kExcluded, {}};
  drop_duplicates(packet);
  if (kept_count_ == 0) return {MatchFate::kDuplicate, {}};
  if (filters == nullptr) return {MatchFate::kMatched, kept()};
  const MatchFate fate = keep_selected(packet, *filters);
  return {fate, kept()};
}

// Exclusions of the port and of the dataplane itself: each task's own level decides, since an operator's backbone
// around a tunnel is not what a target talks to.
void MatchStages::keep_admitted(const MatchedPacket& packet, const TaskFilters* filters) noexcept {
  std::array<std::optional<bool>, kIpLevelsMax + 1> excluded;  // the last one: the frame itself
  kept_count_ = 0;
  for (const TaskMatch& task : packet.tasks) {
    const bool whole = task.level == kWholeFrame;
    std::optional<bool>& known = excluded[whole ? kIpLevelsMax : task.level];
    if (!known)
      known = whole ? excludes_frame(packet, filters) : excludes(packet.parsed.level[task.level], packet, filters);
    if (*known) {
      exclude(task.slot);
    } else {
      kept_[kept_count_++] = task;
    }
  }
}

bool MatchStages::excludes(const IpLevel& level, const MatchedPacket& packet,
                           const TaskFilters* filters) const noexcept {
  if (filters != nullptr && filters->own().excludes(level, packet.frame)) return true;
  if (packet.port >= plan_.ports.size()) return false;
  const ExclusionSet* const own = plan_.ports[packet.port].exclusions.get();
  return own != nullptr && own->excludes(level, packet.frame);
}

// A frame is excluded with any of its levels: what is in it cannot be left out.
bool MatchStages::excludes_frame(const MatchedPacket& packet, const TaskFilters* filters) const noexcept {
  return std::ranges::any_of(packet.parsed.levels(),
                             [&](const IpLevel& level) { return excludes(level, packet, filters); });
}

void MatchStages::drop_duplicates(const MatchedPacket& packet) noexcept {
  if (packet.port >= plan_.ports.size() || !plan_.ports[packet.port].deduplicate) return;
  Deduplicator& group = *groups_[plan_.ports[packet.port].tap_group];
  std::array<std::optional<Hash128>, kIpLevelsMax + 1> identities;  // the last one: the frame itself
  size_t left = 0;
  for (const TaskMatch& task : kept()) {
    const bool whole = task.level == kWholeFrame;
    std::optional<Hash128>& identity = identities[whole ? kIpLevelsMax : task.level];
    if (!identity)
      identity = whole ? frame_identity(key_, packet.frame)
                       : packet_identity(key_, packet.parsed.level[task.level], packet.frame);
    if (group.is_duplicate(identity_of(*identity, task.slot), packet.port, packet.arrival)) continue;
    kept_[left++] = task;
  }
  kept_count_ = left;
}

MatchFate MatchStages::keep_selected(const MatchedPacket& packet, const TaskFilters& filters) noexcept {
  size_t left = 0;
  bool excluded = false;
  bool lost = false;
  undecided_of_packet_ = 0;
  for (const TaskMatch& task : kept()) {
    if (task.level == kWholeFrame) {  // such a tap has neither exclusions nor patterns
      kept_[left++] = task;
      continue;
    }
    const TaskFilter* const filter = filters.of(task.slot);
    if (filter != nullptr && filter->exclusions != nullptr &&
        filter->exclusions->excludes(packet.parsed.level[task.level], packet.frame)) {
      exclude(task.slot);
      excluded = true;
      continue;
    }
    if (filter == nullptr || filter->patterns == nullptr) {
      kept_[left++] = task;
      continue;
    }
    const PatternVerdict verdict = judge(task, *filter->patterns, packet);
    const bool noted = note_undecided(task, *filter->patterns, packet, verdict);
    if (verdict == PatternVerdict::kSelected) {
      kept_[left++] = task;
    } else if (verdict == PatternVerdict::kOverBudget || !noted) {
      lose(task.slot, noted ? RecordDrop::kPatternBudget : RecordDrop::kFanoutLimit);
      lost = true;
    }
  }
  kept_count_ = left;
  if (left > 0 || lost) return MatchFate::kMatched;
  return excluded ? MatchFate::kExcluded : MatchFate::kUnmatched;
}

// What the budget skipped has been told as lost, and stays so.
bool MatchStages::note_undecided(const TaskMatch& task, const PatternSet& patterns, const MatchedPacket& packet,
                                 PatternVerdict verdict) noexcept {
  const IpLevel& level = packet.parsed.level[task.level];
  const bool waits = !packet.ports_are_final && level.fragment == FragmentKind::kLater && !level.ports_known;
  if (!waits || verdict == PatternVerdict::kOverBudget || !patterns.any_reaches_flow()) return true;
  if (undecided_of_packet_ == kTasksPerPacketMax) return false;
  ++undecided_of_packet_;
  undecided_[undecided_count_++] = {&packet.parsed, task.slot, verdict == PatternVerdict::kSelected};
  return true;
}

void MatchStages::lose(TaskSlot slot, RecordDrop reason) noexcept {
  RxTaskAccount& account = account_.tasks[index_of(slot)];
  account.matched.add(1);
  account.dropped.add(reason);
}

PatternVerdict MatchStages::judge(const TaskMatch& task, const PatternSet& patterns,
                                  const MatchedPacket& packet) noexcept {
  LICTOR_CHECK(matcher_.has_value());
  const uint16_t group = packet.port < plan_.ports.size() ? plan_.ports[packet.port].tap_group : uint16_t{0};
  return matcher_->judge(
      patterns,
      {.level = packet.parsed.level[task.level], .frame = packet.frame, .tap_group = group, .time = packet.arrival});
}

}  // namespace lictor
