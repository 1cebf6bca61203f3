// lictorctl destination …: how deliveries go, and up to which numbers they are confirmed, from the newest statistics of
// each dataplane.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "control/cli/commands.h"
#include "control/cli/table.h"
#include "control/cli/words.h"
#include "lictor/v1/fleet.grpc.pb.h"
#include "lictor/v1/warrant.grpc.pb.h"

namespace lictor::control::cli {
namespace {

using Service = v1::FleetService;

struct DestinationOptions {
  std::string network_element_id;
  std::string agency;
  uint32_t rate_s = 0;
  std::string id;             // of one destination
  uint32_t series_max = 100;  // that are shown of it
};

// Every destination of every dataplane that was asked for, by network element and destination.
struct Snapshot {
  struct One {
    int64_t taken_unix_ns = 0;
    v1::DestinationStatistics statistics;
    std::vector<v1::TaskStatistics> tasks;  // of the network element, where they are asked for
  };
  std::map<std::pair<std::string, std::string>, One> all;
};

int take(Session& session, const DestinationOptions& options, Snapshot& snapshot) {
  v1::ListDataplanesReply dataplanes;
  int code = session.call<Service>(&Service::Stub::ListDataplanes, v1::ListDataplanesRequest(), dataplanes);
  for (int i = 0; code == kExitOk && i < dataplanes.dataplanes_size(); ++i) {
    const std::string& element = dataplanes.dataplanes(i).network_element_id();
    if (!options.network_element_id.empty() && element != options.network_element_id) continue;
    v1::GetStatisticsRequest request;
    request.set_network_element_id(element);
    v1::GetStatisticsReply reply;
    code = session.call<Service>(&Service::Stub::GetStatistics, request, reply);
    for (const v1::DestinationStatistics& one : reply.statistics().destinations()) {
      if (!options.agency.empty() && !one.id().starts_with(options.agency + "/")) continue;
      if (!options.id.empty() && one.id() != options.id) continue;
      Snapshot::One& kept = snapshot.all[{element, one.id()}];
      kept = {.taken_unix_ns = reply.statistics().taken_unix_ns(), .statistics = one};
      if (options.id.empty()) continue;
      kept.tasks.assign(reply.statistics().tasks().begin(), reply.statistics().tasks().end());
    }
  }
  return code;
}

std::string state_of(const v1::DestinationStatistics& one) {
  if (one.connections() > 1) return fmt::format("{} of {} up", one.connections_up(), one.connections());
  if (!one.connected()) return "down";
  return one.holding() ? "held" : "up";
}

// Where it is up again, the error is one of the past.
std::string error_of(const v1::DestinationStatistics& one) {
  const bool is_past = !one.last_error().empty() && state_of(one) == "up";
  return (is_past ? "before: " : "") + one.last_error();
}

std::string level_of(const v1::DestinationStatistics& one) {
  if (one.kind() == v1::DESTINATION_KIND_PCAPNG) return "in files";
  return word_of(kConfirmLevels, one.confirm_level()) + (one.confirm_reduced() ? " (reduced)" : "");
}

// Octets a second between two reports; "-" where there were not two.
std::string rate_of(uint64_t before, uint64_t after, int64_t ns) {
  if (ns <= 0 || after < before) return "-";
  return fmt::format("{:.0f}", static_cast<double>(after - before) * 1e9 / static_cast<double>(ns));
}

void print(const Snapshot& before, const Snapshot& after) {
  Table table({"NETWORK ELEMENT", "DESTINATION", "STATE", "CONFIRM", "BACKLOG", "BYTES", "WAITING S", "CONFIRMED",
               "CONFIRMED BYTES", "SENT B/S", "CONFIRMED B/S", "RESENT", "CONNECTS", "LAST FILE", "LAST ERROR"});
  for (const auto& [key, one] : after.all) {
    const v1::DestinationStatistics& now = one.statistics;
    const auto known = before.all.find(key);
    const int64_t ns = known == before.all.end() ? 0 : one.taken_unix_ns - known->second.taken_unix_ns;
    const v1::DestinationStatistics& then = known == before.all.end() ? now : known->second.statistics;
    table.add({key.first, key.second, state_of(now), level_of(now), std::to_string(now.backlog_records()),
               std::to_string(now.backlog_bytes()), fmt::format("{:.1f}", static_cast<double>(now.waiting_ms()) / 1000),
               std::to_string(now.confirmed_records()), std::to_string(now.confirmed_bytes()),
               rate_of(then.sent_bytes(), now.sent_bytes(), ns),
               rate_of(then.confirmed_bytes(), now.confirmed_bytes(), ns), std::to_string(now.resent_records()),
               std::to_string(now.connects()), now.last_file().empty() ? "-" : now.last_file(), error_of(now)});
  }
  table.print("no destinations");
}

void print_json(const Snapshot& snapshot) {
  const char* separator = "[";
  for (const auto& [key, one] : snapshot.all) {
    fmt::print("{}", std::exchange(separator, ","));
    v1::GetStatisticsReply reply;
    reply.set_network_element_id(key.first);
    reply.mutable_statistics()->set_taken_unix_ns(one.taken_unix_ns);
    *reply.mutable_statistics()->add_destinations() = one.statistics;
    for (const v1::TaskStatistics& task : one.tasks) *reply.mutable_statistics()->add_tasks() = task;
    Session::print_json(reply);
  }
  fmt::print("{}]\n", snapshot.all.empty() ? "[" : "");
}

// What is delivered to a destination, by XID: the id of the warrant.
using Delivered = std::map<std::string, std::string>;

// Warrants name destinations without their agency.
bool delivers(const v1::Warrant& warrant, int index, const std::string& name) {
  if (warrant.deliveries().empty()) return true;
  const v1::Delivery& delivery = warrant.deliveries(index);
  return delivery.hi2_destination_id() == name || delivery.hi3_destination_id() == name;
}

int find_delivered(Session& session, const std::string& destination, Delivered& delivered) {
  const size_t slash = destination.find('/');
  v1::ListWarrantsRequest request;
  request.set_agency_id(destination.substr(0, slash));
  request.set_page_size(1000);
  do {
    v1::ListWarrantsReply page;
    if (const int code = session.call<v1::WarrantService>(&v1::WarrantService::Stub::ListWarrants, request, page);
        code != kExitOk)
      return code;
    for (const v1::Warrant& warrant : page.warrants())
      for (int i = 0; i < warrant.xids_size(); ++i)
        if (delivers(warrant, i, destination.substr(slash + 1))) delivered[warrant.xids(i)] = warrant.id();
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return kExitOk;
}

bool is_of_hi3(v1::SeriesKind kind) {
  return kind == v1::SERIES_KIND_CC || kind == v1::SERIES_KIND_CC_HASH || kind == v1::SERIES_KIND_CC_SIGNATURE;
}

// Leaves of the network element's tasks those that are delivered to the destination, and of their series those that go
// there; at most so many. Answers how many more there are.
size_t keep_delivered(Snapshot::One& one, const Delivered& delivered, size_t series_max) {
  const bool all = one.statistics.kind() == v1::DESTINATION_KIND_PCAPNG;
  const bool hi3 = one.statistics.interface() == v1::HANDOVER_INTERFACE_HI3;
  size_t found = 0;
  std::vector<v1::TaskStatistics> kept;
  for (v1::TaskStatistics& task : one.tasks) {
    if (!delivered.contains(uuid_text(task.xid()))) continue;
    v1::TaskStatistics shown;
    shown.set_xid(task.xid());
    for (const v1::ConfirmedSeries& series : task.confirmed())
      if ((all || is_of_hi3(series.kind()) == hi3) && ++found <= series_max) *shown.add_confirmed() = series;
    if (!shown.confirmed().empty()) kept.push_back(std::move(shown));
  }
  one.tasks = std::move(kept);
  return found - std::min(found, series_max);
}

void print_one(const std::string& element, const Snapshot::One& one, const Delivered& delivered, size_t more) {
  const v1::DestinationStatistics& now = one.statistics;
  const std::string why = now.confirm_reason().empty() ? "" : ": " + now.confirm_reason();
  print_properties(
      {{"destination", now.id()},
       {"network element", element},
       {"state", state_of(now)},
       {"confirmation", level_of(now) + why},
       {"backlog", fmt::format("{} records, {} bytes", now.backlog_records(), now.backlog_bytes())},
       {"waiting", fmt::format("{:.1f} s", static_cast<double>(now.waiting_ms()) / 1000)},
       {"confirmed", fmt::format("{} records, {} bytes", now.confirmed_records(), now.confirmed_bytes())},
       {"resent", fmt::format("{} records", now.resent_records())},
       {"keepalives", fmt::format("{}, {} answered", now.keepalives_sent(), now.keepalives_answered())},
       {"acknowledgements", fmt::format("{} asked for, {} came", now.acknowledgements_asked(), now.acknowledgements())},
       {"last error", error_of(now)}});
  Table table({"WARRANT", "XID", "SERIES", "CONFIRMED UP TO"});
  for (const v1::TaskStatistics& task : one.tasks) {
    const std::string xid = uuid_text(task.xid());
    for (const v1::ConfirmedSeries& series : task.confirmed())
      table.add({delivered.at(xid), xid, word_of(kSeriesKinds, series.kind()), std::to_string(series.last_number())});
  }
  fmt::print("\n");
  table.print("nothing of a warrant was confirmed");
  if (more > 0) fmt::print("and {} series more: --series-max shows them\n", more);
}

int show(Session& session, const DestinationOptions& options) {
  Snapshot snapshot;
  Delivered delivered;
  int code = take(session, options, snapshot);
  if (code == kExitOk) code = find_delivered(session, options.id, delivered);
  if (code != kExitOk) return code;
  if (snapshot.all.empty()) {
    fmt::print(stderr, "lictorctl: no dataplane reports a destination of that id\n");
    return kExitRefused;
  }
  for (auto& [key, one] : snapshot.all) {
    const size_t more = keep_delivered(one, delivered, options.series_max);
    if (!session.json) print_one(key.first, one, delivered, more);
  }
  if (session.json) print_json(snapshot);
  return kExitOk;
}

int list(Session& session, const DestinationOptions& options) {
  Snapshot before;
  if (const int code = take(session, options, before); code != kExitOk) return code;
  Snapshot after = before;
  if (options.rate_s > 0) {
    std::this_thread::sleep_for(std::chrono::seconds(options.rate_s));
    after.all.clear();
    if (const int code = take(session, options, after); code != kExitOk) return code;
  }
  if (!session.json) {
    print(before, after);
    return kExitOk;
  }
  print_json(after);
  return kExitOk;
}

void add_show_command(CLI::App& group, Session& session) {
  CLI::App* command =
      group.add_subcommand("show", "One of them, and the number up to which each series of its warrants is confirmed");
  const auto options = std::make_shared<DestinationOptions>();
  command->add_option("id", options->id, "The destination's id, as AGENCY/hi3")->required();
  command->add_option("--ne", options->network_element_id, "Only of this network element");
  command->add_option("--series-max", options->series_max, "Shows at most so many series of each network element [100]")
      ->check(CLI::Range(1U, 100'000U));
  command->callback([&session, options] { session.action = [&session, options] { return show(session, *options); }; });
}

}  // namespace

void add_destination_commands(CLI::App& app, Session& session) {
  CLI::App& group = *app.add_subcommand("destination", "How deliveries to agencies go")->require_subcommand(1);
  CLI::App* command = group.add_subcommand("list", "State, confirm level in force, backlog, last error of each");
  const auto options = std::make_shared<DestinationOptions>();
  command->add_option("--ne", options->network_element_id, "Only of this network element");
  command->add_option("--agency", options->agency, "Only of this agency");
  command->add_option("--rate", options->rate_s, "Looks again after so many seconds, and shows what moved meanwhile")
      ->check(CLI::Range(1U, 3600U));
  command->callback([&session, options] { session.action = [&session, options] { return list(session, *options); }; });
  add_show_command(group, session);
}

}  // namespace lictor::control::cli
