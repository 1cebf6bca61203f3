// lictor-dataplane: takes packets in, hands records over. Exit status: 0 ended as told, 1 could not start, 2 usage.
#include <spdlog/spdlog.h>

#include <iostream>

#include "dataplane/agent/control_thread.h"
#include "dataplane/base/heap.h"
#include "dataplane/config.h"
#include "dataplane/engine.h"
#include "dataplane/hardening.h"
#include "dataplane/process.h"
#include "encoders/etsi/asn1_codec.h"

namespace lictor {
namespace {

int refuse(const Status& status) {
  std::cerr << "lictor-dataplane: " << status.message() << std::endl;
  return 1;
}

Status check_lcores(const DataplaneConfig& config) {
  const std::pair<const char*, const std::vector<unsigned>*> roles[] = {
      {"rx", &config.rx_lcores}, {"spreaders", &config.spreader_lcores}, {"encoders", &config.encoder_lcores}};
  for (const auto& [role, lcores] : roles) {
    for (const unsigned lcore : *lcores) {
      if (Eal::is_worker(lcore)) continue;
      return absl::InvalidArgumentError("lcores." + std::string(role) + ": lcore " + std::to_string(lcore) +
                                        " is not a worker lcore of eal's --lcores or -l");
    }
  }
  return absl::OkStatus();
}

void show_banner(const DataplaneConfig& config) {
  spdlog::info("lictor-dataplane {}: network element {}, {} ports", LICTOR_VERSION, config.network_element_id,
               config.ports.size());
  if (config.lab) spdlog::warn("*** LABORATORY MODE: not for lawful interception ***");
  if (config.replay) {
    spdlog::warn("*** REPLAY: {} packets of a capture, with the capture's time stamps, after {} taps are active ***",
                 config.replay->packets, config.replay->taps);
  }
}

int run(const DataplaneConfig& config, const HardeningConfig& hardening) {
  AlarmQueue alarms;
  RefusedCallWatch refused(alarms);  // outlives the ports, whose drivers close them
  Result<std::unique_ptr<Eal>> eal = Eal::start(config.eal);
  if (!eal.ok()) return refuse(eal.status());
  if (Status status = check_lcores(config); !status.ok()) return refuse(status);
  Result<std::unique_ptr<Engine>> engine = Engine::make(config, alarms);
  if (!engine.ok()) return refuse(engine.status());
  const Result<std::unique_ptr<ControlThread>> control = ControlThread::make(config, **engine, alarms);
  if (!control.ok()) return refuse(control.status());
  if (Status status = (*engine)->start(); !status.ok()) return refuse(status);
  if (Status status = give_up_privileges(hardening); !status.ok()) return refuse(status);
  (*control)->start();
  show_banner(config);

  wait_for_end_signal([&refused] { refused.look(); });
  spdlog::info("ending: delivering what was copied, for at most {} ms", config.handover.drain_ms);
  (*control)->stop();
  (*engine)->stop(config.handover.drain_ms);
  refused.look();
  (*control)->report_end();
  return 0;
}

}  // namespace
}  // namespace lictor

int main(int argc, char** argv) {
  using namespace lictor;
  const Result<std::string> path = config_path_of(argc, argv);
  if (absl::IsNotFound(path.status())) return std::cout << path.status().message() << std::endl, 0;
  if (!path.ok()) return std::cerr << path.status().message() << std::endl, 2;
  hide_memory();
  keep_freed_memory();
  block_end_signals();
  const Result<DataplaneConfig> config = load_config(*path);
  if (!config.ok()) return refuse(config.status());
  const Result<HardeningConfig> hardening = load_hardening(*path);
  if (!hardening.ok()) return refuse(hardening.status());
  spdlog::set_level(spdlog::level::from_str(config->log_level));
  asn1::prime_asn1_types();
  return run(*config, *hardening);
}
