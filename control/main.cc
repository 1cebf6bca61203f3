// lictord, the control daemon: holds the warrants and tells the dataplanes. main's thread starts everything, waits for
// a signal and stops everything in the opposite order.
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "control/admin/clock_loop.h"
#include "control/daemon_config.h"
#include "control/store/sqlite_store.h"

namespace lictor::control {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

// Memory holds targets and LIIDs: none of it may land in a file that the kernel writes, nor be read by another process.
void forbid_core_dumps() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0 || ::prctl(PR_SET_DUMPABLE, 0) != 0)
    spdlog::warn("core dumps could not be switched off");
}

// Before any thread is made, so that all of them inherit the mask and only main's sigwait sees these.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

int fail(const Status& status) {
  spdlog::critical("{}", std::string(status.message()));
  return kExitFailed;
}

int serve(const DaemonConfig& config, const sigset_t& signals) {
  Result<std::unique_ptr<SqliteStore>> store = SqliteStore::open(config.store_path);
  if (!store.ok()) return fail(store.status());
  Result<std::unique_ptr<SpoolKeys>> keys = SpoolKeys::open(config.keys_directory);
  if (!keys.ok()) return fail(keys.status());
  Result<std::unique_ptr<PayloadKeys>> payload_keys = PayloadKeys::open(config.keys_directory);
  if (!payload_keys.ok()) return fail(payload_keys.status());
  Result<std::unique_ptr<Administration>> administration =
      Administration::open(**store, {.policy = config.policy,
                                     .keys = keys->get(),
                                     .payload_keys = payload_keys->get(),
                                     .key_age_max_ns = config.keys_age_max_s * kNanosecondsPerSecond,
                                     .acknowledge_wait_ns = config.acknowledge_wait_ms * 1'000'000});
  if (!administration.ok()) return fail(administration.status());
  Result<std::unique_ptr<RpcServer>> server = RpcServer::start(**administration, config.listen);
  if (!server.ok()) return fail(server.status());
  const ClockLoop clock_loop(**administration, **store);
  spdlog::info("lictord {} listens on {}", LICTOR_VERSION, config.listen.socket);
  if (config.policy.lab) spdlog::warn("LAB MODE: any address is accepted as a target, with any scope");
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  spdlog::info("stopping");
  (*server)->stop();
  return 0;
}

int run(int argc, char** argv) {
  CLI::App app("lictord: holds warrants, and tells dataplanes what they may copy", "lictord");
  std::string config_path;
  app.add_option("--config", config_path, "The configuration file")->required();
  app.set_version_flag("--version", LICTOR_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  spdlog::set_default_logger(spdlog::stderr_logger_mt("lictord"));
  const sigset_t signals = block_signals();
  forbid_core_dumps();
  const Result<DaemonConfig> config = read_daemon_config(config_path);
  if (!config.ok()) return fail(config.status());
  spdlog::set_level(spdlog::level::from_str(config->log_level));
  return serve(*config, signals);
}

}  // namespace
}  // namespace lictor::control

int main(int argc, char** argv) { return lictor::control::run(argc, argv); }
