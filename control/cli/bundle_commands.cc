// lictorctl support-bundle
#include <fmt/format.h>

#include "control/cli/archive_file.h"
#include "control/cli/bundle_view.h"
#include "control/cli/commands.h"
#include "control/registry/time_text.h"
#include "lictor/v1/fleet.grpc.pb.h"

namespace lictor::control::cli {
namespace {

using Json = nlohmann::ordered_json;
using Service = v1::FleetService;

constexpr uint32_t kAlarmsMax = 1000;

struct BundleOptions {
  std::string output;
  std::vector<std::string> configs = {"/etc/lictor/lictord.conf", "/etc/lictor/dataplane.conf"};
};

// What could be had, and what could not.
class Bundle {
 public:
  explicit Bundle(Session& session) : session_(session) {}

  void add(const std::string& name, const Json& view) { members_.emplace_back(name, view.dump(1) + "\n"); }
  void leave_out(const std::string& name) { left_out_.push_back(name); }

  template <typename Request, typename Reply>
  bool ask(grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&, Reply*), const Request& request,
           const std::string& name, Reply& reply) {
    const bool answered = session_.call<Service>(method, request, reply) == kExitOk;
    if (answered)
      add(name, view_of(reply, pseudonyms_));
    else
      leave_out(name);
    return answered;
  }

  void ask_daemon() {
    v1::ListDataplanesReply dataplanes;
    ask(&Service::Stub::ListDataplanes, v1::ListDataplanesRequest(), "dataplanes.json", dataplanes);
    v1::ListAlarmsRequest request;
    request.set_limit(kAlarmsMax);
    v1::ListAlarmsReply alarms;
    ask(&Service::Stub::ListAlarms, request, "alarms.json", alarms);
    for (const v1::Dataplane& dataplane : dataplanes.dataplanes()) {
      v1::GetStatisticsRequest of;
      of.set_network_element_id(dataplane.network_element_id());
      v1::GetStatisticsReply statistics;
      const std::string name = pseudonyms_.of("element", dataplane.network_element_id());
      ask(&Service::Stub::GetStatistics, of, fmt::format("statistics-{}.json", name), statistics);
    }
  }

  void read_host(const std::vector<std::string>& configs) {
    add("host.json", view_of_host(pseudonyms_));
    for (size_t i = 0; i < configs.size(); ++i) {
      const std::string name = fmt::format("configuration-{}.json", i + 1);
      const Result<Json> view = view_of_config(configs[i], pseudonyms_);
      if (view.ok())
        add(name, *view);
      else
        leave_out(name);
    }
  }

  Status write(const std::string& path) {
    const LegalTime now = legal_now();
    add("manifest.json",
        {{"bundle", "lictor"}, {"version", LICTOR_VERSION}, {"made", format_time(now)}, {"left_out", left_out_}});
    return write_archive(path, members_, now.unix_ns);
  }

 private:
  Session& session_;
  Pseudonyms pseudonyms_;
  std::vector<std::pair<std::string, std::string>> members_;
  Json left_out_ = Json::array();
};

int make_bundle(Session& session, const BundleOptions& options) {
  Bundle bundle(session);
  bundle.ask_daemon();
  bundle.read_host(options.configs);
  if (Status status = bundle.write(options.output); !status.ok())
    return usage_error(fmt::format("--output: {}", std::string(status.message())));
  if (!session.json) fmt::print("{}: read it before you give it away\n", options.output);
  return kExitOk;
}

}  // namespace

void add_bundle_commands(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("support-bundle", "Counters, alarms, configuration and host facts without identities");
  const auto options = std::make_shared<BundleOptions>();
  command->add_option("--output", options->output, "A new file: tar, compressed by zstd")->required();
  command->add_option("--config", options->configs, "Configuration files of this host")->take_all()->expected(1, 16);
  command->callback(
      [&session, options] { session.action = [&session, options] { return make_bundle(session, *options); }; });
}

}  // namespace lictor::control::cli
