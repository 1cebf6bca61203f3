// lictorctl destination …: how deliveries go, from the newest statistics of each dataplane.
#include <fmt/format.h>

#include <chrono>
#include <map>
#include <thread>
#include <utility>

#include "control/cli/commands.h"
#include "control/cli/table.h"
#include "control/cli/words.h"
#include "lictor/v1/fleet.grpc.pb.h"

namespace lictor::control::cli {
namespace {

using Service = v1::FleetService;

struct DestinationOptions {
  std::string network_element_id;
  std::string agency;
  uint32_t rate_s = 0;
};

// Every destination of every dataplane that was asked for, by network element and destination.
struct Snapshot {
  struct One {
    int64_t taken_unix_ns = 0;
    v1::DestinationStatistics statistics;
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
      snapshot.all[{element, one.id()}] = {.taken_unix_ns = reply.statistics().taken_unix_ns(), .statistics = one};
    }
  }
  return code;
}

std::string state_of(const v1::DestinationStatistics& one) {
  if (one.connections() > 1) return fmt::format("{} of {} up", one.connections_up(), one.connections());
  if (!one.connected()) return "down";
  return one.holding() ? "held" : "up";
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
  Table table({"NETWORK ELEMENT", "DESTINATION", "STATE", "CONFIRM", "BACKLOG", "BYTES", "WAITING S", "CONFIRMED BYTES",
               "SENT B/S", "CONFIRMED B/S", "RESENT", "CONNECTS", "LAST FILE", "LAST ERROR"});
  for (const auto& [key, one] : after.all) {
    const v1::DestinationStatistics& now = one.statistics;
    const auto known = before.all.find(key);
    const int64_t ns = known == before.all.end() ? 0 : one.taken_unix_ns - known->second.taken_unix_ns;
    const v1::DestinationStatistics& then = known == before.all.end() ? now : known->second.statistics;
    table.add({key.first, key.second, state_of(now), level_of(now), std::to_string(now.backlog_records()),
               std::to_string(now.backlog_bytes()), fmt::format("{:.1f}", static_cast<double>(now.waiting_ms()) / 1000),
               std::to_string(now.confirmed_bytes()), rate_of(then.sent_bytes(), now.sent_bytes(), ns),
               rate_of(then.confirmed_bytes(), now.confirmed_bytes(), ns), std::to_string(now.resent_records()),
               std::to_string(now.connects()), now.last_file().empty() ? "-" : now.last_file(), now.last_error()});
  }
  table.print("no destinations");
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
  const char* separator = "[";
  for (const auto& [key, one] : after.all) {
    fmt::print("{}", std::exchange(separator, ","));
    v1::GetStatisticsReply reply;
    reply.set_network_element_id(key.first);
    reply.mutable_statistics()->set_taken_unix_ns(one.taken_unix_ns);
    *reply.mutable_statistics()->add_destinations() = one.statistics;
    Session::print_json(reply);
  }
  fmt::print("{}]\n", after.all.empty() ? "[" : "");
  return kExitOk;
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
}

}  // namespace lictor::control::cli
