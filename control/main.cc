// lictord, the control daemon: holds the warrants and tells the dataplanes. main's thread starts everything, waits for
// a signal and stops everything in the opposite order.
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>

#include "control/admin/clock_loop.h"
#include "control/admin/configuration_account.h"
#include "control/audit/verify.h"
#include "control/daemon_config.h"
#include "control/decommission.h"
#include "control/fleet/alarm_classes.h"
#include "control/fleet/restored_fleet.h"
#include "control/metrics/pages.h"
#include "control/registry/sealing_rules.h"
#include "control/registry/text_rules.h"
#include "control/sealed/backups.h"
#include "control/sealed/opaque_revisions.h"
#include "control/sealed/open_store.h"
#include "dataplane/base/heap.h"

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

// What is asked for this once.
struct Once {
  std::string accept_store;  // why
  std::string restore;       // a backup's path
  bool rotate_master_key = false;
  std::string decommission;  // the word
};

// Before anything is opened: the backup takes the store's place, where it is whole.
Status restore(const DaemonConfig& config, const Once& once) {
  if (once.restore.empty()) return absl::OkStatus();
  const Result<std::unique_ptr<MasterKeySource>> source = master_key_of(config.master_key);
  if (!source.ok()) return source.status();
  const Status status = restore_store(config.store_path, once.restore, **source, sealing_rules());
  if (status.ok()) spdlog::warn("the store is that of the backup; what was there is {}.replaced", config.store_path);
  return status;
}

// Under another master key, with its entry in the account first.
Status rotate(const DaemonConfig& config, const Once& once, const OpenedStore& opened, Account& account) {
  const bool has_next = !config.next_master_key.is_default();
  if (opened.by_next) spdlog::warn("the store is under store.next_master_key: name that one store.master_key now");
  if (opened.by_next || (!has_next && !once.rotate_master_key)) return absl::OkStatus();
  const std::string& path = config.master_key.path();
  if (!has_next && path.empty())
    return absl::FailedPreconditionError(
        "the master key is in no file of ours: name a new one in store.next_master_key");
  Status status = account.commit_alone(*opened.store, {.action = "store.rotate_master_key", .object = {}});
  if (status.ok()) status = has_next ? rotate_to(opened, config.next_master_key) : rotate_key_file(opened, path);
  if (status.ok()) spdlog::info("the store is under a new master key; backups of before open by the former one only");
  return status;
}

// Of a store that may be older than what was done by it: the fleet gets nothing twice.
Status follow_restore(const Once& once, AuditLog& audit, SealedStore& store) {
  if (once.accept_store.empty()) return absl::OkStatus();
  Result<std::optional<Write>> fleet = fleet_of_restored_store(store);
  if (!fleet.ok()) return fleet.status();
  if (!fleet->has_value()) return absl::OkStatus();
  Account account(&audit, [] { return legal_now(); });
  return account.commit_alone(store, {.action = "store.restored", .object = {}}, {**std::move(fleet)});
}

// Stands until somebody has looked and acknowledges it, over however many starts.
void tell_restore(const Once& once, Administration& administration) {
  if (once.accept_store.empty()) return;
  administration.report_own(std::string(kStoreRestored), v1::ALARM_SEVERITY_CRITICAL,
                            "a store of an earlier time is served: what was ended or reduced since may be in force "
                            "again; hold it against the audit log, then acknowledge this");
}

// Null: nothing is shipped.
Result<std::unique_ptr<SyslogShipper>> ship_audit(const DaemonConfig& config, const AuditLog& log,
                                                  SyslogShipper::Alarm alarm) {
  if (config.syslog.server.host.empty()) return std::unique_ptr<SyslogShipper>();
  return SyslogShipper::start(log, config.syslog, std::move(alarm));
}

SyslogShipper::Alarm syslog_alarm(Administration& administration) {
  return [&administration](const std::string& text) {
    administration.report_own("audit_syslog", v1::ALARM_SEVERITY_CRITICAL, text);
  };
}

// An end that the server does not hear of could be anybody's.
void ship_last(std::unique_ptr<SyslogShipper> shipper) {
  constexpr std::chrono::seconds kWait{3};
  if (shipper != nullptr && !shipper->finish(kWait))
    spdlog::warn("audit.syslog: the server has not got the last entries");
}

int erase_everything(const DaemonConfig& config, const OpenedStore& opened, AuditLog& audit) {
  const Result<std::vector<std::string>> by_hand = decommission(config, opened, audit);
  Result<std::unique_ptr<SyslogShipper>> shipper = ship_audit(config, audit, [](const std::string&) {});
  if (shipper.ok()) ship_last(*std::move(shipper));
  if (!by_hand.ok()) return fail(by_hand.status());
  spdlog::warn("all keys are erased: what this lictord kept opens for nobody");
  for (const std::string& each : *by_hand) spdlog::warn("left to you: {}", each);
  return 0;
}

Result<OpenedStore> open_store(const DaemonConfig& config) {
  if (!Secret::prepare(kSecretsMax)) spdlog::warn("keys cannot be locked into memory: raise RLIMIT_MEMLOCK");
  Result<OpenedStore> opened =
      open_sealed_store(config.store_path, config.master_key, sealing_rules(),
                        config.next_master_key.is_default() ? nullptr : &config.next_master_key);
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

// The public key of a new log, which has to be taken away before anybody can doubt it. `once`: behind a restore the log
// may be new, though it has entries.
Status leave_public_key(const AuditLog& log, const Once& once, const std::string& path) {
  if (log.head().number > 0 && once.accept_store.empty()) return absl::OkStatus();
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
                       {"number_digits_min", std::to_string(config.policy.number_digits_min)},
                       {"duration_days_max", std::to_string(config.policy.duration_days_max)},
                       {"shared_prefixes", std::to_string(config.policy.shared.size())},
                       {"entries_sealed", std::to_string(store.sealed_at_open())}},
            .room = Room::kKeptBack};
  deed.fields.insert(deed.fields.end(), configuration->fields.begin(), configuration->fields.end());
  return account.commit_alone(store, deed, {std::move(configuration->write)});
}

using MetricsListeners = std::vector<std::unique_ptr<MetricsListener>>;

// The first of the options is the platform's. Outlived by the administration.
Result<MetricsListeners> serve_metrics(const DaemonConfig& config, Administration& administration) {
  const DaemonFigures daemon{.version = LICTOR_VERSION, .started_unix_ns = legal_now().unix_ns};
  const auto page = [&administration, daemon](auto* page_of) {
    return [&administration, daemon, page_of] { return page_of(daemon, administration.figures()); };
  };
  const MetricsListener::Page pages[] = {page(platform_page), page(interception_page)};
  MetricsListeners listeners;
  for (size_t i = 0; i < config.metrics.size(); ++i) {
    if (config.metrics[i].address.empty()) continue;
    const auto refused = [&administration](const Identity& who) {
      administration.account().event({.action = "metrics.read", .object = {}, .caller = caller_of(who)}, "refused");
    };
    Result<std::unique_ptr<MetricsListener>> listener = MetricsListener::start(config.metrics[i], pages[i], refused);
    if (!listener.ok()) return listener.status();
    listeners.push_back(*std::move(listener));
  }
  return listeners;
}

// Listens, is connected to nobody, and has loaded what it needs: from here on it starts no program and maps no code.
// Sockets are for people, dataplanes, and syslog's server and its name.
Status give_up_system_calls(FilterMode mode) {
  constexpr int kSocketFamilies[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
  return install_system_call_filter(mode, {.allowed = {}, .socket_families = kSocketFamilies});
}

void tell_start(const DaemonConfig& config) {
  spdlog::info("lictord {} listens on {}", LICTOR_VERSION, config.listen.socket);
  if (config.listen.people.empty() && !config.policy.lab)
    spdlog::warn("access.people names nobody: who runs lictord is operator, approver and auditor in one person");
  if (!config.policy.four_eyes) spdlog::warn("policy.four_eyes is off: one person suffices to begin an interception");
  if (config.policy.lab) spdlog::warn("LAB MODE: any address is accepted as a target, with any scope");
}

int serve(const DaemonConfig& config, const Once& once, const sigset_t& signals) {
  if (const Status status = restore(config, once); !status.ok()) return fail(status);
  const Result<OpenedStore> opened = open_store(config);
  if (!opened.ok()) return fail(opened.status());
  SealedStore& store = *opened->store;
  Result<std::unique_ptr<AuditLog>> audit = open_audit(config, once.accept_store, store);
  if (!audit.ok()) return fail(audit.status());
  if (const Status status = follow_restore(once, **audit, store); !status.ok()) return fail(status);
  if (!once.decommission.empty()) return erase_everything(config, *opened, **audit);
  if (const Status status = leave_public_key(**audit, once, config.audit.folder + "/public.pem"); !status.ok())
    return fail(status);
  const Result<std::unique_ptr<RoomReserve>> reserve =
      RoomReserve::open({config.audit.folder + "/reserve", config.store_path + ".reserve"});
  if (!reserve.ok()) return fail(reserve.status());
  Result<std::unique_ptr<SpoolKeys>> keys = SpoolKeys::open(config.keys_directory);
  if (!keys.ok()) return fail(keys.status());
  Result<std::unique_ptr<PayloadKeys>> payload_keys = PayloadKeys::open(config.keys_directory);
  if (!payload_keys.ok()) return fail(payload_keys.status());
  const Result<std::unique_ptr<DirectiveSigner>> signer = DirectiveSigner::open(config.directives_key);
  if (!signer.ok()) return fail(signer.status());
  const Result<std::unique_ptr<OrderSignatures>> orders = OrderSignatures::open(config.orders);
  if (!orders.ok()) return fail(orders.status());
  spdlog::info("directives are signed with key {}", (*signer)->key_id());
  const Result<std::unique_ptr<OpaqueRevisions>> shown_store = OpaqueRevisions::open(store);
  if (!shown_store.ok()) return fail(shown_store.status());
  Result<std::unique_ptr<Administration>> administration =
      Administration::open(**shown_store, {.policy = config.policy,
                                           .audit = audit->get(),
                                           .reserve = reserve->get(),
                                           .keys = keys->get(),
                                           .signer = signer->get(),
                                           .orders = orders->get(),
                                           .payload_keys = payload_keys->get(),
                                           .key_age_max_ns = config.keys_age_max_s * kNanosecondsPerSecond,
                                           .personal_age_max_ns = config.personal_days * 86'400 * kNanosecondsPerSecond,
                                           .certificates = config.certificates,
                                           .refused_system_calls = refused_system_calls,
                                           .acknowledge_wait_ns = config.acknowledge_wait_ms * 1'000'000,
                                           .time = config.time});
  if (!administration.ok()) return fail(administration.status());
  const Status started = enter_start(config, (*administration)->account(), store);
  if (!started.ok()) return fail(started);
  tell_restore(once, **administration);
  if (const Status status = rotate(config, once, *opened, (*administration)->account()); !status.ok())
    return fail(status);
  const Result<MetricsListeners> metrics = serve_metrics(config, **administration);
  if (!metrics.ok()) return fail(metrics.status());
  Backups backups(*opened->rows, config.backups_directory, config.backups_max);
  Result<std::unique_ptr<RpcServer>> server = RpcServer::start(**administration, config.listen, &backups);
  if (!server.ok()) return fail(server.status());
  const ClockLoop clock_loop(**administration, store);
  if (const Status given_up = give_up_system_calls(config.filter); !given_up.ok()) return fail(given_up);
  Result<std::unique_ptr<SyslogShipper>> shipper = ship_audit(config, **audit, syslog_alarm(**administration));
  if (!shipper.ok()) return fail(shipper.status());
  tell_start(config);
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  spdlog::info("stopping");
  (*server)->stop();
  const Status stopped = (*administration)
                             ->account()
                             .commit_alone(store, {.action = "daemon.stop", .object = {}, .room = Room::kKeptBack});
  const Status signed_off = (*audit)->checkpoint(legal_now().unix_ns);
  ship_last(std::move(*shipper));
  if (!stopped.ok()) return fail(stopped);
  return signed_off.ok() ? 0 : fail(signed_off);
}

int run(int argc, char** argv) {
  CLI::App app("lictord: holds warrants, and tells dataplanes what they may copy", "lictord");
  std::string config_path;
  app.add_option("--config", config_path, "The configuration file")->required();
  Once once;
  CLI::Option* const accept =
      app.add_option(
             "--accept-store", once.accept_store,
             "This once: serve a store that is not the one that the audit log saw last, for this reason (a backup "
             "was restored); the reason is recorded")
          ->check([](const std::string& reason) {
            return is_text(reason, 1, kReasonMax) ? std::string() : std::string("a reason of 1 to 200 characters");
          });
  app.add_option("--restore", once.restore, "This once: put this backup in the store's place; with --accept-store")
      ->needs(accept);
  app.add_flag("--rotate-master-key", once.rotate_master_key,
               "This once: make a new master key in the place of the one in the file");
  app.add_option("--decommission", once.decommission,
                 fmt::format("Erase every key of this lictord, for ever, and end; the word is {}", kDecommissionWord))
      ->check(CLI::IsMember({kDecommissionWord}));
  app.set_version_flag("--version", LICTOR_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  spdlog::set_default_logger(spdlog::stderr_logger_mt("lictord"));
  const sigset_t signals = block_signals();
  forbid_core_dumps();
  keep_freed_memory();
  const Result<DaemonConfig> config = read_daemon_config(config_path);
  if (!config.ok()) return fail(config.status());
  spdlog::set_level(spdlog::level::from_str(config->log_level));
  return serve(*config, once, signals);
}

}  // namespace
}  // namespace lictor::control

int main(int argc, char** argv) { return lictor::control::run(argc, argv); }
