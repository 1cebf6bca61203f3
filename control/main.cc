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
#include <fstream>

#include "control/admin/clock_loop.h"
#include "control/admin/configuration_account.h"
#include "control/audit/verify.h"
#include "control/daemon_config.h"
#include "control/registry/sealing_rules.h"
#include "control/registry/text_rules.h"
#include "control/sealed/open_store.h"

namespace lictor::control {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr size_t kReasonMax = 200;

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

// Locked memory for the store's keys, those of the audit log and what else is secret.
constexpr size_t kSecretsMax = KeyRing::kSecretsMax + 1024;

Result<OpenedStore> open_store(const DaemonConfig& config) {
  if (!Secret::prepare(kSecretsMax)) spdlog::warn("keys cannot be locked into memory: raise RLIMIT_MEMLOCK");
  Result<OpenedStore> opened = open_sealed_store(config.store_path, config.master_key, sealing_rules());
  if (!opened.ok()) return opened;
  if (opened->made_key) spdlog::info("made the store's master key: {}", config.master_key.default_file);
  if (opened->store->sealed_at_open() > 0)
    spdlog::info("sealed the store, which was plain: {} entries", opened->store->sealed_at_open());
  if (config.master_key.is_default() && !config.policy.lab)
    spdlog::warn("store.master_key names no key: it lies on the host's disk, in {}; who takes the disk has both",
                 config.master_key.default_file);
  return opened;
}

Result<std::unique_ptr<AuditLog>> open_audit(const DaemonConfig& config, const std::string& accept_store,
                                             Store& store) {
  const Result<AuditHead> head = Account::remembered_by(store);
  if (!head.ok()) return head.status();
  AuditLogOptions options = config.audit;
  options.store_head = *head;
  options.accept_store = accept_store;
  return AuditLog::open(options, legal_now().unix_ns);
}

// The public key of a new log, which has to be taken away before anybody can doubt it.
Status leave_public_key(const AuditLog& log, const std::string& path) {
  if (log.head().number > 0) return absl::OkStatus();
  const Result<std::string> pem = public_key_pem(log.signer());
  if (!pem.ok()) return pem.status();
  std::ofstream file(path, std::ios::trunc);
  file << *pem;
  file.close();
  return file ? absl::OkStatus() : absl::UnavailableError(fmt::format("audit: {} cannot be written", path));
}

// What the account says of a start: the program, and by what it was told to judge.
Status enter_start(const DaemonConfig& config, Account& account, SealedStore& store) {
  Result<ConfigurationAccount> configuration = account_of_configuration(store, config.effective);
  if (!configuration.ok()) return configuration.status();
  Deed deed{.action = "daemon.start",
            .object = {},
            .fields = {{"version", LICTOR_VERSION},
                       {"lab", config.policy.lab ? "yes" : "no"},
                       {"four_eyes", config.policy.four_eyes ? "yes" : "no"},
                       {"emergency_hours", std::to_string(config.policy.emergency ? config.policy.emergency_hours : 0)},
                       {"prefix_ipv4_min", std::to_string(config.policy.prefix_ipv4_min)},
                       {"prefix_ipv6_min", std::to_string(config.policy.prefix_ipv6_min)},
                       {"duration_days_max", std::to_string(config.policy.duration_days_max)},
                       {"shared_prefixes", std::to_string(config.policy.shared.size())},
                       {"entries_sealed", std::to_string(store.sealed_at_open())}}};
  deed.fields.insert(deed.fields.end(), configuration->fields.begin(), configuration->fields.end());
  return account.commit_alone(store, deed, {std::move(configuration->write)});
}

// Null: nothing is shipped.
Result<std::unique_ptr<SyslogShipper>> ship_audit(const DaemonConfig& config, const AuditLog& log,
                                                  Administration& administration) {
  if (config.syslog.server.host.empty()) return std::unique_ptr<SyslogShipper>();
  return SyslogShipper::start(log, config.syslog, [&administration](const std::string& text) {
    administration.report_own("audit_syslog", v1::ALARM_SEVERITY_CRITICAL, text);
  });
}

int serve(const DaemonConfig& config, const std::string& accept_store, const sigset_t& signals) {
  const Result<OpenedStore> opened = open_store(config);
  if (!opened.ok()) return fail(opened.status());
  SealedStore& store = *opened->store;
  Result<std::unique_ptr<AuditLog>> audit = open_audit(config, accept_store, store);
  if (!audit.ok()) return fail(audit.status());
  if (const Status status = leave_public_key(**audit, config.audit.folder + "/public.pem"); !status.ok())
    return fail(status);
  Result<std::unique_ptr<SpoolKeys>> keys = SpoolKeys::open(config.keys_directory);
  if (!keys.ok()) return fail(keys.status());
  Result<std::unique_ptr<PayloadKeys>> payload_keys = PayloadKeys::open(config.keys_directory);
  if (!payload_keys.ok()) return fail(payload_keys.status());
  const Result<std::unique_ptr<DirectiveSigner>> signer = DirectiveSigner::open(config.directives_key);
  if (!signer.ok()) return fail(signer.status());
  const Result<std::unique_ptr<OrderSignatures>> orders = OrderSignatures::open(config.orders);
  if (!orders.ok()) return fail(orders.status());
  spdlog::info("directives are signed with key {}", (*signer)->key_id());
  Result<std::unique_ptr<Administration>> administration =
      Administration::open(store, {.policy = config.policy,
                                   .audit = audit->get(),
                                   .keys = keys->get(),
                                   .signer = signer->get(),
                                   .orders = orders->get(),
                                   .payload_keys = payload_keys->get(),
                                   .key_age_max_ns = config.keys_age_max_s * kNanosecondsPerSecond,
                                   .personal_age_max_ns = config.personal_days * 86'400 * kNanosecondsPerSecond,
                                   .acknowledge_wait_ns = config.acknowledge_wait_ms * 1'000'000,
                                   .time = config.time});
  if (!administration.ok()) return fail(administration.status());
  const Status started = enter_start(config, (*administration)->account(), store);
  if (!started.ok()) return fail(started);
  Result<std::unique_ptr<RpcServer>> server = RpcServer::start(**administration, config.listen);
  if (!server.ok()) return fail(server.status());
  const ClockLoop clock_loop(**administration, store);
  Result<std::unique_ptr<SyslogShipper>> shipper = ship_audit(config, **audit, **administration);
  if (!shipper.ok()) return fail(shipper.status());
  spdlog::info("lictord {} listens on {}", LICTOR_VERSION, config.listen.socket);
  if (config.listen.people.empty() && !config.policy.lab)
    spdlog::warn("access.people names nobody: who runs lictord is operator, approver and auditor in one person");
  if (!config.policy.four_eyes) spdlog::warn("policy.four_eyes is off: one person suffices to begin an interception");
  if (config.policy.lab) spdlog::warn("LAB MODE: any address is accepted as a target, with any scope");
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  spdlog::info("stopping");
  (*server)->stop();
  shipper->reset();
  const Status stopped = (*administration)->account().commit_alone(store, {.action = "daemon.stop", .object = {}});
  const Status signed_off = (*audit)->checkpoint(legal_now().unix_ns);
  if (!stopped.ok()) return fail(stopped);
  return signed_off.ok() ? 0 : fail(signed_off);
}

int run(int argc, char** argv) {
  CLI::App app("lictord: holds warrants, and tells dataplanes what they may copy", "lictord");
  std::string config_path;
  app.add_option("--config", config_path, "The configuration file")->required();
  std::string accept_store;
  app.add_option("--accept-store", accept_store,
                 "This once: serve a store that is not the one that the audit log saw last, for this reason (a backup "
                 "was restored); the reason is recorded")
      ->check([](const std::string& reason) {
        return is_text(reason, 1, kReasonMax) ? std::string() : std::string("a reason of 1 to 200 characters");
      });
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
  return serve(*config, accept_store, signals);
}

}  // namespace
}  // namespace lictor::control

int main(int argc, char** argv) { return lictor::control::run(argc, argv); }
