#include "dataplane/agent/statistics.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "dataplane/agent/session_statistics.h"

namespace lictor {
namespace {

using DropMap = google::protobuf::Map<std::string, google::protobuf::uint64>;

// What counts nothing: named all the same, so that a reader knows what there is, or left out, which makes the message
// of a thousand tasks a tenth.
enum class Zeros : uint8_t { kNamed, kLeftOut };

template <typename Names, typename Values>
void put_reasons(const Names& names, const Values& values, DropMap& map, Zeros zeros = Zeros::kNamed) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (values[i] != 0 || zeros == Zeros::kNamed) map[std::string(names[i])] = values[i];
  }
}

void put_records(const RecordTotals& totals, Zeros zeros, v1::RecordStatistics& records) {
  records.set_matched(totals.matched);
  records.set_events(totals.events);
  records.set_appended(totals.appended);
  records.set_aggregated(totals.aggregated);
  records.set_recovered(totals.recovered);
  records.set_confirmed(totals.confirmed);
  records.set_unconfirmed(totals.unconfirmed);
  records.set_in_spool(totals.in_spool);
  records.set_in_rings(totals.in_rings);
  records.set_excluded(totals.excluded);
  records.set_not_ip(totals.not_ip);
  put_reasons(kRecordDropNames, totals.drops, *records.mutable_drops(), zeros);
  put_reasons(kGivenUpNames, totals.given_up, *records.mutable_given_up(), zeros);
}

v1::TapState state_of(TaskReport report) {
  switch (report) {
    case TaskReport::kPending:
      return v1::TAP_STATE_PENDING;
    case TaskReport::kActive:
      return v1::TAP_STATE_ACTIVE;
    case TaskReport::kDraining:
      return v1::TAP_STATE_DRAINING;
    case TaskReport::kEnded:
      return v1::TAP_STATE_ENDED;
  }
  return v1::TAP_STATE_UNSPECIFIED;
}

void put_port(const Engine& engine, const std::vector<RxAccount*>& rx, size_t index, v1::PortStatistics& port) {
  const PortLosses losses = engine.losses(index);
  for (const RxAccount* account : rx) {
    port.set_received(port.received() + account->by_port[index].received.get());
    port.set_received_bytes(port.received_bytes() + account->by_port[index].received_bytes.get());
  }
  const SpreadTotals spread = engine.spread_totals(index);
  port.set_received(port.received() + spread.dropped);
  port.set_received_bytes(port.received_bytes() + spread.dropped_bytes);
  port.set_imissed(losses.imissed);
  port.set_ierrors(losses.ierrors);
  port.set_nombuf(losses.nombuf);
  port.set_idle(losses.idle);
  port.set_offered(port.received() + losses.imissed + losses.ierrors + losses.nombuf + losses.idle);
  port.set_link_up(engine.port(index).link_up());
}

void put_packets(const Engine& engine, const std::vector<RxAccount*>& rx, const v1::Statistics& statistics,
                 v1::PacketStatistics& packets) {
  std::array<uint64_t, kReasons<PacketDrop>> drops{};
  for (const RxAccount* account : rx) {
    packets.set_unmatched(packets.unmatched() + account->packets.unmatched.get());
    packets.set_matched(packets.matched() + account->packets.matched.get());
    packets.set_truncated(packets.truncated() + account->packets.truncated.get());
    packets.set_inner_damaged(packets.inner_damaged() + account->packets.inner_damaged.get());
    packets.set_too_deep(packets.too_deep() + account->packets.too_deep.get());
    for (size_t i = 0; i < drops.size(); ++i) drops[i] += account->packets.drops.by_reason[i].get();
  }
  for (size_t i = 0; i < static_cast<size_t>(statistics.ports_size()); ++i) {
    drops[static_cast<size_t>(PacketDrop::kSpreadFull)] += engine.spread_totals(i).dropped;
  }
  put_reasons(kPacketDropNames, drops, *packets.mutable_drops());
  for (const v1::PortStatistics& port : statistics.ports()) {
    packets.set_offered(packets.offered() + port.offered());
    packets.set_received(packets.received() + port.received());
  }
}

void put_flows(const FlowTableBuilder& from, v1::FlowStatistics& flows) {
  flows.set_rules(from.rules());
  flows.set_rules_beside(from.rules_beside());
  flows.set_ipv4_method(kFlowMethodNames[static_cast<size_t>(from.ipv4_method())]);
  flows.set_ipv6_method(kFlowMethodNames[static_cast<size_t>(from.ipv6_method())]);
  flows.set_builds(from.builds());
  flows.set_builds_failed(from.builds_failed());
}

void add_fragments(const FragmentAccount& from, v1::StageStatistics& stages) {
  // Ends first: what has been given back since then still counts as waiting, never as less than none.
  const uint64_t released = from.released.get(), expired = from.expired.get(), evicted = from.evicted.get();
  const uint64_t parked = from.parked.get();
  stages.set_fragments_completed(stages.fragments_completed() + from.completed.get());
  stages.set_fragments_parked(stages.fragments_parked() + parked);
  stages.set_fragments_released(stages.fragments_released() + released);
  stages.set_fragments_expired(stages.fragments_expired() + expired);
  stages.set_fragments_evicted(stages.fragments_evicted() + evicted);
  stages.set_fragments_refused(stages.fragments_refused() + from.refused.get());
  stages.set_fragments_waiting(stages.fragments_waiting() + (parked - released - expired - evicted));
  stages.set_fragments_conflicting(stages.fragments_conflicting() + from.conflicting.get());
  stages.set_datagrams_forgotten(stages.datagrams_forgotten() + from.forgotten.get());
}

void put_stages(const std::vector<RxAccount*>& rx, v1::StageStatistics& stages) {
  for (const RxAccount* account : rx) {
    const PatternAccount& patterns = account->stages.patterns;
    stages.set_packets_forgotten(stages.packets_forgotten() + account->stages.packets_forgotten.get());
    stages.set_patterns_scanned(stages.patterns_scanned() + patterns.scanned.get());
    stages.set_patterns_scanned_bytes(stages.patterns_scanned_bytes() + patterns.scanned_bytes.get());
    stages.set_patterns_over_budget(stages.patterns_over_budget() + patterns.over_budget.get());
    stages.set_streams_evicted(stages.streams_evicted() + patterns.streams_evicted.get());
    stages.set_streams_restarted(stages.streams_restarted() + patterns.streams_restarted.get());
    stages.set_flows_evicted(stages.flows_evicted() + patterns.flows_evicted.get());
    add_fragments(account->stages.fragments, stages);
  }
}

v1::ConfirmLevel level_of(ConfirmLevel level) {
  switch (level) {
    case ConfirmLevel::kWritten:
      return v1::CONFIRM_LEVEL_WRITTEN;
    case ConfirmLevel::kTransported:
      return v1::CONFIRM_LEVEL_TRANSPORTED;
    case ConfirmLevel::kRead:
      return v1::CONFIRM_LEVEL_READ;
    case ConfirmLevel::kAcknowledged:
      return v1::CONFIRM_LEVEL_ACKNOWLEDGED;
  }
  return v1::CONFIRM_LEVEL_UNSPECIFIED;
}

void put_files(const DestinationStatistics& from, v1::DestinationStatistics& destination) {
  destination.set_kind(v1::DESTINATION_KIND_PCAPNG);
  destination.set_files(from.files);
  destination.set_file_errors(from.file_errors);
  destination.set_records_unreadable(from.records_unreadable);
  destination.set_last_file(from.last_file);
  destination.set_last_file_unix_ns(from.last_file_at.unix_ns);
}

void put_destination(const DestinationStatistics& from, v1::DestinationStatistics& destination) {
  destination.set_id(from.id);
  destination.set_interface(from.side == HandoverSide::kHi2 ? v1::HANDOVER_INTERFACE_HI2 : v1::HANDOVER_INTERFACE_HI3);
  destination.set_connected(from.connected);
  destination.set_connections(from.connections);
  destination.set_connections_up(from.connections_up);
  destination.set_connects(from.connects);
  destination.set_sent_bytes(from.sent_bytes);
  destination.set_sent_calls(from.sent_calls);
  destination.set_backlog_records(from.backlog_records);
  destination.set_backlog_bytes(from.backlog_bytes);
  destination.set_resent_records(from.resent_records);
  destination.set_given_up_without_task(from.given_up_without_task);
  destination.set_keepalives_sent(from.keepalives_sent);
  destination.set_keepalives_answered(from.keepalives_answered);
  destination.set_last_error(from.last_error);
  destination.set_confirm_level(level_of(from.confirm_level));
  destination.set_confirm_reduced(from.confirm_reduced);
  destination.set_confirm_reason(std::string(text_of(from.confirm_shortfall)));
  destination.set_acknowledgements_asked(from.acknowledgements_asked);
  destination.set_acknowledgements(from.acknowledgements);
  destination.set_holding(from.holding);
  destination.set_holds(from.holds);
  destination.set_confirmed_bytes(from.confirmed_bytes);
  destination.set_confirmed_records(from.confirmed_records);
  destination.set_waiting_ms(from.waiting_ms);
  destination.set_peer_ignored(from.peer_ignored);
  destination.set_peer_malformed(from.peer_malformed);
  if (from.is_files) put_files(from, destination);
}

void put_confirmed(const TaskView& view, v1::TaskStatistics& task) {
  static_assert(kTaskSeries == kRecordKinds &&
                static_cast<int>(RecordKind::kCcSignature) + 1 == static_cast<int>(v1::SERIES_KIND_CC_SIGNATURE));
  for (size_t i = 0; i < kTaskSeries; ++i) {
    if (view.confirmed_next[i] == 0) continue;
    v1::ConfirmedSeries& series = *task.add_confirmed();
    series.set_kind(static_cast<v1::SeriesKind>(i + 1));
    series.set_last_number(static_cast<uint32_t>(view.confirmed_next[i] - 1));
  }
}

// Asked before anything is counted: what is complete then is complete in the numbers too.
bool is_replayed(const Engine& engine, const std::vector<RxAccount*>& rx, const ReplayConfig& replay) {
  uint64_t received = 0;
  for (const RxAccount* account : rx) {
    for (const RxPortAccount& port : account->by_port) received += port.received.get();
  }
  std::atomic_thread_fence(std::memory_order_acquire);  // pairs with the rx loop's: what was received is in the rings
  return received >= replay.packets && engine.rings_empty();
}

Status failed(const std::string& path, const char* what) {
  return absl::UnavailableError(path + ": " + what + ": " + std::strerror(errno));
}

}  // namespace

StatisticsReading begin_statistics(Engine& engine, const DataplaneConfig& config, LegalTime now) {
  StatisticsReading reading;
  const std::vector<RxAccount*> rx = engine.rx_accounts();
  reading.whole.set_replay_complete(config.replay && is_replayed(engine, rx, *config.replay));
  reading.whole.set_taken_unix_ns(now.unix_ns);
  return reading;
}

StatisticsReading read_statistics(Engine& engine, const TaskRegistry& registry, const DataplaneConfig& config,
                                  LegalTime now) {
  StatisticsReading reading = begin_statistics(engine, config, now);
  reading.tasks = registry.views();
  end_statistics(reading, engine, registry, config);
  return reading;
}

void end_statistics(StatisticsReading& reading, Engine& engine, const TaskRegistry& registry,
                    const DataplaneConfig& config) {
  v1::Statistics& statistics = reading.whole;
  const std::vector<RxAccount*> rx = engine.rx_accounts();
  put_records(registry.totals(reading.tasks), Zeros::kNamed, *statistics.mutable_records());
  for (size_t i = 0; i < config.ports.size(); ++i) {
    v1::PortStatistics& port = *statistics.add_ports();
    port.set_name(config.ports[i].name);
    put_port(engine, rx, i, port);
  }
  put_packets(engine, rx, statistics, *statistics.mutable_packets());
  put_stages(rx, *statistics.mutable_stages());
  if (engine.sessions() != nullptr) *statistics.mutable_sessions() = read_session_statistics(*engine.sessions(), rx);
  statistics.set_interrupt_waits(engine.interrupt_waits());
  for (const DestinationStatistics& from : engine.handover().statistics()) {
    put_destination(from, *statistics.add_destinations());
  }
  put_flows(registry.flows(), *statistics.mutable_flows());
}

v1::Statistics to_message(StatisticsReading reading) {
  v1::Statistics statistics = std::move(reading.whole);
  for (const TaskView& view : reading.tasks) {
    v1::TaskStatistics& task = *statistics.add_tasks();
    task.set_xid(view.xid.octets.data(), view.xid.octets.size());
    task.set_state(state_of(view.report));
    put_records(view.records, Zeros::kLeftOut, *task.mutable_records());
    put_confirmed(view, task);
  }
  return statistics;
}

std::optional<v1::TaskStatisticsPart> take_part(v1::Statistics& statistics) {
  if (statistics.tasks_size() <= kTasksPerPart) return std::nullopt;
  std::optional<v1::TaskStatisticsPart> part(std::in_place);
  std::array<v1::TaskStatistics*, kTasksPerPart> taken{};
  statistics.mutable_tasks()->ExtractSubrange(0, kTasksPerPart, taken.data());
  part->mutable_tasks()->Reserve(kTasksPerPart);
  for (v1::TaskStatistics* const task : taken) part->mutable_tasks()->AddAllocated(task);
  return part;
}

std::vector<PortReading> read_ports(const Engine& engine, const DataplaneConfig& config,
                                    const v1::Statistics& statistics) {
  std::vector<PortReading> readings;
  for (size_t i = 0; i < config.ports.size(); ++i) {
    const v1::PortStatistics& port = statistics.ports(static_cast<int>(i));
    const uint64_t lost = port.imissed() + port.ierrors() + port.nombuf() + engine.spread_totals(i).dropped;
    readings.push_back({.name = port.name(),
                        .tap_group = config.ports[i].tap_group,
                        .link_up = port.link_up(),
                        .offered = port.offered(),
                        .lost = lost,
                        .stamps_refused = engine.stamps_refused(i),
                        .errors = engine.port(i).frame_errors()});
  }
  return readings;
}

DamageReading read_damage(const v1::Statistics& statistics) {
  const auto& drops = statistics.packets().drops();
  const auto dropped = [&](PacketDrop reason) {
    return drops.at(std::string(kPacketDropNames[static_cast<size_t>(reason)]));
  };
  return {.truncated = dropped(PacketDrop::kTruncated) + statistics.packets().truncated(),
          .too_long = dropped(PacketDrop::kFrameTooLong),
          .fragments = statistics.stages().fragments_evicted() + statistics.stages().fragments_refused() +
                       statistics.stages().datagrams_forgotten()};
}

Status write_atomically(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".tmp";
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  // 0600: a counter that begins to move betrays an interception.
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  std::unique_ptr<std::FILE, Close> file(descriptor < 0 ? nullptr : fdopen(descriptor, "w"));
  if (file == nullptr) return failed(temporary, "cannot be opened");
  const bool written = std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
  const bool flushed = std::fclose(file.release()) == 0;
  if (!written || !flushed) return failed(temporary, "cannot be written");
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return failed(path, "cannot be replaced");
  return absl::OkStatus();
}

}  // namespace lictor
