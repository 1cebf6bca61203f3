// Reads lictord's configuration; every key that is wrong or unknown is refused by its path.
#include "control/daemon_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "control/registry/address.h"
#include "control/registry/selector.h"
#include "control/registry/test_lines.h"
#include "dataplane/base/config_reader.h"
#include "dataplane/base/number_range.h"

namespace lictor::control {
namespace {

constexpr size_t kPeopleMax = 4096;
constexpr int64_t kUidMax = 0xfffffffe;
constexpr std::array<const char*, 6> kLogLevels = {"trace", "debug", "info", "warning", "error", "critical"};

void read_listen(ConfigGroup group, ListenOptions& listen) {
  listen.socket = group.text("socket", {.min = 1, .fallback = "/run/lictor/lictord.sock"});
  listen.group = group.text("group", {.fallback = ""});
  listen.tcp = group.text("tcp", {.fallback = ""});
  ConfigGroup tls = group.group("tls");
  listen.certificate = tls.text("certificate", {.fallback = ""});
  listen.key = tls.text("key", {.fallback = ""});
  listen.ca = tls.text("ca", {.fallback = ""});
  listen.crl = tls.text("crl", {.fallback = ""});
  if (!listen.tcp.empty() && (listen.certificate.empty() || listen.key.empty() || listen.ca.empty()))
    group.refuse("tcp", "is served with mutual TLS only: set tls.certificate, tls.key and tls.ca");
}

RoleSet read_roles(ConfigGroup& group) {
  RoleSet roles;
  for (const std::string& name : group.texts("roles")) {
    const std::optional<Role> role = role_of(name);
    if (role)
      roles.add(*role);
    else
      group.refuse("roles", "are operator, approver, auditor, platform, dataplane, agency");
  }
  return roles;
}

void read_people(ConfigGroup access, LocalListener::People& people) {
  std::vector<ConfigGroup> groups = access.groups("people");
  if (groups.size() > kPeopleMax) access.refuse("people", fmt::format("at most {}", kPeopleMax));
  for (ConfigGroup& group : groups) {
    const auto uid = static_cast<uid_t>(group.integer("uid", {.min = 0, .max = kUidMax}));
    Identity identity{.name = group.text("name", {.min = 1, .max = Identity::kNameBytesMax}),
                      .roles = read_roles(group),
                      .agency_id = group.text("agency", {.fallback = ""}),
                      .network_element_id = group.text("element", {.fallback = ""})};
    for (const std::string& desk : group.texts("desks"))
      if (!identity.desks.add(desk)) group.refuse("desks", "are each 1 to 63 of a-z 0-9 -, or *; at most 64");
    if (Status status = check_identity(identity); !status.ok()) group.refuse("roles", std::string(status.message()));
    if (!people.emplace(uid, std::move(identity)).second) group.refuse("uid", "is there twice");
  }
}

void read_test_lines(ConfigGroup group, Policy& policy) {
  const SignedFile file{.path = group.text("file", {.fallback = ""}),
                        .signature_path = group.text("signature", {.fallback = ""}),
                        .key_path = group.text("key", {.fallback = ""})};
  if (file.path.empty() && file.signature_path.empty() && file.key_path.empty()) return;
  Result<std::vector<v1::TargetSpec>> lines = load_test_lines(file);
  if (lines.ok())
    policy.test_lines = *std::move(lines);
  else
    group.refuse("file", std::string(lines.status().message()));
}

void read_shared_names(ConfigGroup& group, Policy& policy) {
  const std::vector<std::string> names = group.texts("shared_names");
  if (names.size() > kSharedNamesMax) group.refuse("shared_names", fmt::format("at most {}", kSharedNamesMax));
  for (size_t i = 0; i < names.size(); ++i) {
    const Result<Selector> selector = parse_selector(names[i]);
    const auto* const name = selector.ok() ? std::get_if<v1::TapTarget>(&*selector) : nullptr;
    if (name != nullptr)
      policy.shared_names.push_back(*name);
    else
      group.refuse("shared_names", fmt::format("element {}: {}", i,
                                               selector.ok() ? "names nobody: an address goes into shared"
                                                             : std::string(selector.status().message())));
  }
}

void read_policy(ConfigGroup group, Policy& policy) {
  policy.lab = group.flag("lab", false);
  policy.prefix_ipv4_min =
      static_cast<uint32_t>(group.integer("prefix_ipv4_min", {.min = 1, .max = 32, .fallback = 24}));
  policy.prefix_ipv6_min =
      static_cast<uint32_t>(group.integer("prefix_ipv6_min", {.min = 1, .max = 128, .fallback = 48}));
  policy.number_digits_min =
      static_cast<uint32_t>(group.integer("number_digits_min", {.min = 0, .max = kNumberDigitsMax, .fallback = 0}));
  if (policy.number_digits_min != 0 && policy.number_digits_min < kRangeDigitsMin)
    group.refuse("number_digits_min",
                 fmt::format("must be {} to {}, or 0: no ranges of numbers", kRangeDigitsMin, kNumberDigitsMax));
  policy.duration_days_max =
      static_cast<uint32_t>(group.integer("duration_days_max", {.min = 1, .max = 3660, .fallback = 366}));
  policy.four_eyes = group.flag("four_eyes", !policy.lab);
  policy.desks = group.flag("desks", false);
  policy.emergency = group.flag("emergency", false);
  policy.emergency_hours =
      static_cast<uint32_t>(group.integer("emergency_hours", {.min = 1, .max = 168, .fallback = 24}));
  policy.test_hours_max =
      static_cast<uint32_t>(group.integer("test_hours_max", {.min = 1, .max = 720, .fallback = 24}));
  read_test_lines(group.group("test_lines"), policy);
  const std::vector<std::string> shared = group.texts("shared");
  if (shared.size() > kSharedPrefixesMax) group.refuse("shared", fmt::format("at most {}", kSharedPrefixesMax));
  for (size_t i = 0; i < shared.size(); ++i) {
    const Result<v1::AddressPrefix> prefix = parse_prefix(shared[i]);
    if (prefix.ok())
      policy.shared.push_back(*prefix);
    else
      group.refuse("shared", fmt::format("element {}: {}", i, std::string(prefix.status().message())));
  }
  read_shared_names(group, policy);
}

// As a dataplane's control.orders.
OrderPolicy read_orders(ConfigGroup group) {
  OrderPolicy orders{.approvers = {}, .required = group.flag("required", false)};
  ConfigGroup approvers = group.group("approvers");
  orders.approvers = {.ca = approvers.text("ca", {.fallback = ""}),
                      .revoked = approvers.text("revoked", {.fallback = ""}),
                      .pins = approvers.texts("pins")};
  if (orders.approvers.pins.size() > kApproverPinsMax)
    approvers.refuse("pins", fmt::format("at most {}", kApproverPinsMax));
  if (!orders.approvers.revoked.empty() && orders.approvers.ca.empty()) approvers.refuse("revoked", "needs ca");
  return orders;
}

void read_master_key(ConfigGroup group, MasterKeyOptions& master_key) {
  master_key.file = group.text("file", {.fallback = ""});
  master_key.credential = group.text("credential", {.fallback = ""});
  master_key.passphrase_file = group.text("passphrase_file", {.fallback = ""});
  master_key.token = group.text("token", {.fallback = ""});
  const int named = (master_key.file.empty() ? 0 : 1) + (master_key.credential.empty() ? 0 : 1) +
                    (master_key.passphrase_file.empty() ? 0 : 1) + (master_key.token.empty() ? 0 : 1);
  if (named > 1) group.refuse("file", "file, credential, passphrase_file and token exclude each other: name one");
}

void read_store(ConfigGroup& store, const std::string& beside, DaemonConfig& config) {
  read_master_key(store.group("master_key"), config.master_key);
  read_master_key(store.group("next_master_key"), config.next_master_key);
  // A folder of its own: whoever backs the store up leaves it.
  config.master_key.default_file = beside + "/master-key/lictord.key";
  ConfigGroup backups = store.group("backups");
  config.backups_directory = backups.text("directory", {.min = 1, .fallback = beside + "/backups"});
  config.backups_max = static_cast<size_t>(backups.integer("max", {.min = 1, .max = 10'000, .fallback = 8}));
}

TimePolicy read_time(ConfigGroup group, bool lab) {
  constexpr int64_t kMillisecond = 1'000'000;
  TimePolicy time{
      .offset_ns_max =
          group.integer("clock_offset_max_ms", {.min = 1, .max = 3'600'000, .fallback = 1000}) * kMillisecond,
      .required = group.flag("trusted_time", !lab),
      .is_disciplined = host_clock_is_disciplined};
  return time;
}

void read_syslog(ConfigGroup group, const std::string& beside, SyslogOptions& syslog) {
  syslog.server.host = group.text("server", {.max = 253, .fallback = ""});
  syslog.server.port = static_cast<int>(group.integer("port", {.min = 1, .max = 65535, .fallback = 6514}));
  syslog.server.ca = group.text("ca", {.fallback = ""});
  syslog.server.certificate = group.text("certificate", {.fallback = ""});
  syslog.server.key = group.text("key", {.fallback = ""});
  syslog.position_path = group.text("position", {.min = 1, .fallback = beside + "/audit-shipped"});
  syslog.lag_entries_max =
      static_cast<uint64_t>(group.integer("lag_entries_max", {.min = 1, .max = 1'000'000'000, .fallback = 10'000}));
  const SyslogServer& server = syslog.server;
  if (!server.host.empty() && (server.ca.empty() || server.certificate.empty() || server.key.empty()))
    group.refuse("server", "is spoken to with mutual TLS only: set ca, certificate and key");
}

void read_audit(ConfigGroup group, const std::string& beside, AuditLogOptions& audit, SyslogOptions& syslog) {
  audit.folder = group.text("directory", {.min = 1, .fallback = beside + "/audit"});
  audit.key_path = group.text("keys", {.min = 1, .fallback = beside + "/audit-keys"});
  audit.initial_key_path = group.text("initial_key", {.fallback = ""});
  audit.file_bytes_max =
      static_cast<size_t>(group.integer("file_bytes_max", {.min = 1 << 20, .max = 1 << 30, .fallback = 64 << 20}));
  audit.checkpoint_entries =
      static_cast<uint64_t>(group.integer("checkpoint_entries", {.min = 1, .max = 65536, .fallback = 256}));
  audit.checkpoint_ns =
      group.integer("checkpoint_s", {.min = 1, .max = 86'400, .fallback = 60}) * kNanosecondsPerSecond;
  read_syslog(group.group("syslog"), beside, syslog);
}

MetricsListenOptions read_metrics(ConfigGroup group, const std::string& field, const ListenOptions& listen) {
  MetricsListenOptions options{.field = field + ".address",
                               .address = group.text("address", {.fallback = ""}),
                               .group = group.text("group", {.fallback = ""}),
                               .roles = {},
                               .clear = group.flag("clear", false),
                               .certificate = listen.certificate,
                               .key = listen.key,
                               .ca = listen.ca,
                               .crl = listen.crl};
  return options;
}

// Two pages, each on a listener of its own: who may read the one may not read the other.
void read_both_metrics(ConfigGroup group, DaemonConfig& config) {
  MetricsListenOptions platform = read_metrics(group.group("platform"), "metrics.platform", config.listen);
  platform.roles = RoleSet(Role::kPlatform);
  MetricsListenOptions interception = read_metrics(group.group("interception"), "metrics.interception", config.listen);
  interception.roles = RoleSet(Role::kOperator, Role::kApprover, Role::kAuditor);
  interception.all_desks = config.policy.desks;
  if (interception.clear && !config.policy.lab)
    group.refuse("interception.clear", "every user of the host could read it: lab mode only");
  config.metrics = {std::move(platform), std::move(interception)};
}

void read_certificates(ConfigGroup group, const ListenOptions& listen, CertificateWatchOptions& watch) {
  const auto days = [&group](const char* key, int64_t fallback) {
    return group.integer(key, {.min = 0, .max = 3660, .fallback = fallback}) * 86'400 * kNanosecondsPerSecond;
  };
  watch.warning_ns = days("warning_days", 30);
  watch.critical_ns = days("critical_days", 7);
  if (watch.critical_ns > watch.warning_ns) group.refuse("critical_days", "must be no more than warning_days");
  if (!listen.certificate.empty()) watch.files["server"] = listen.certificate;
  if (!listen.ca.empty()) watch.files["authority"] = listen.ca;
}

}  // namespace

Result<DaemonConfig> read_daemon_config(const std::string& path) {
  Result<std::unique_ptr<ConfigFile>> file = ConfigFile::open(path);
  if (!file.ok()) return file.status();
  DaemonConfig config;
  ConfigGroup root = (*file)->root();
  read_listen(root.group("listen"), config.listen);
  read_people(root.group("access"), config.listen.people);
  ConfigGroup store = root.group("store");
  config.store_path = store.text("path", {.min = 1, .fallback = "/var/lib/lictor/lictord.db"});
  // Beside the store, and no part of it: whoever backs the store up leaves the keys.
  const size_t slash = config.store_path.rfind('/');
  const std::string beside = slash == std::string::npos ? "." : config.store_path.substr(0, slash);
  read_store(store, beside, config);
  ConfigGroup keys = root.group("keys");
  config.keys_directory = keys.text("directory", {.min = 1, .fallback = beside + "/spool-keys"});
  config.keys_age_max_s =
      keys.integer("age_max_s", {.min = 60, .max = int64_t{366} * 86'400, .fallback = int64_t{8} * 86'400});
  ConfigGroup retention = root.group("retention");
  config.personal_days = retention.integer("personal_days", {.min = 0, .max = 36'600, .fallback = 0});
  if (config.personal_days != 0 && config.personal_days * 86'400 < config.keys_age_max_s)
    retention.refuse("personal_days", "must not be shorter than keys.age_max_s: what is delivered needs them");
  config.directives_key = root.group("directives").text("key", {.min = 1, .fallback = beside + "/directives.key"});
  read_audit(root.group("audit"), beside, config.audit, config.syslog);
  read_policy(root.group("policy"), config.policy);
  config.orders = read_orders(root.group("policy").group("orders"));
  config.time = read_time(root.group("policy"), config.policy.lab);
  read_certificates(root.group("certificates"), config.listen, config.certificates);
  read_both_metrics(root.group("metrics"), config);
  ConfigGroup fleet = root.group("fleet");
  config.acknowledge_wait_ms = fleet.integer("acknowledge_wait_ms", {.min = 0, .max = 60'000, .fallback = 2000});
  ConfigGroup hardening = root.group("hardening");
  const std::optional<FilterMode> filter = filter_mode_of(hardening.text("seccomp", {.fallback = "enforce"}));
  if (!filter) hardening.refuse("seccomp", "must be enforce, kill, log or off");
  config.filter = filter.value_or(FilterMode::kEnforce);
  ConfigGroup log = root.group("log");
  config.log_level = log.text("level", {.fallback = "info"});
  if (std::find(kLogLevels.begin(), kLogLevels.end(), config.log_level) == kLogLevels.end())
    log.refuse("level", "must be trace, debug, info, warning, error or critical");
  if (Status status = (*file)->finish(); !status.ok()) return status;
  config.effective = (*file)->effective();
  return config;
}

}  // namespace lictor::control
