// Reads lictord's configuration; every key that is wrong or unknown is refused by its path.
#include "control/daemon_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "control/registry/address.h"
#include "dataplane/base/config_reader.h"

namespace lictor::control {
namespace {

constexpr std::array<const char*, 6> kLogLevels = {"trace", "debug", "info", "warning", "error", "critical"};

void read_listen(ConfigGroup group, ListenOptions& listen) {
  listen.socket = group.text("socket", {.min = 1, .fallback = "/run/lictor/lictord.sock"});
  listen.tcp = group.text("tcp", {.fallback = ""});
  ConfigGroup tls = group.group("tls");
  listen.certificate = tls.text("certificate", {.fallback = ""});
  listen.key = tls.text("key", {.fallback = ""});
  listen.ca = tls.text("ca", {.fallback = ""});
  if (!listen.tcp.empty() && (listen.certificate.empty() || listen.key.empty() || listen.ca.empty()))
    group.refuse("tcp", "is served with mutual TLS only: set tls.certificate, tls.key and tls.ca");
}

void read_policy(ConfigGroup group, Policy& policy) {
  policy.lab = group.flag("lab", false);
  policy.prefix_ipv4_min =
      static_cast<uint32_t>(group.integer("prefix_ipv4_min", {.min = 1, .max = 32, .fallback = 24}));
  policy.prefix_ipv6_min =
      static_cast<uint32_t>(group.integer("prefix_ipv6_min", {.min = 1, .max = 128, .fallback = 48}));
  policy.duration_days_max =
      static_cast<uint32_t>(group.integer("duration_days_max", {.min = 1, .max = 3660, .fallback = 366}));
  const std::vector<std::string> shared = group.texts("shared");
  if (shared.size() > kSharedPrefixesMax) group.refuse("shared", fmt::format("at most {}", kSharedPrefixesMax));
  for (size_t i = 0; i < shared.size(); ++i) {
    const Result<v1::AddressPrefix> prefix = parse_prefix(shared[i]);
    if (prefix.ok())
      policy.shared.push_back(*prefix);
    else
      group.refuse("shared", fmt::format("element {}: {}", i, std::string(prefix.status().message())));
  }
}

}  // namespace

Result<DaemonConfig> read_daemon_config(const std::string& path) {
  Result<std::unique_ptr<ConfigFile>> file = ConfigFile::open(path);
  if (!file.ok()) return file.status();
  DaemonConfig config;
  ConfigGroup root = (*file)->root();
  read_listen(root.group("listen"), config.listen);
  ConfigGroup store = root.group("store");
  config.store_path = store.text("path", {.min = 1, .fallback = "/var/lib/lictor/lictord.db"});
  ConfigGroup keys = root.group("keys");
  // Beside the store, and no part of it: whoever backs the store up leaves the keys.
  const size_t slash = config.store_path.rfind('/');
  const std::string beside = slash == std::string::npos ? "." : config.store_path.substr(0, slash);
  config.keys_directory = keys.text("directory", {.min = 1, .fallback = beside + "/spool-keys"});
  config.keys_age_max_s =
      keys.integer("age_max_s", {.min = 60, .max = int64_t{366} * 86'400, .fallback = int64_t{8} * 86'400});
  read_policy(root.group("policy"), config.policy);
  ConfigGroup fleet = root.group("fleet");
  config.acknowledge_wait_ms = fleet.integer("acknowledge_wait_ms", {.min = 0, .max = 60'000, .fallback = 2000});
  ConfigGroup log = root.group("log");
  config.log_level = log.text("level", {.fallback = "info"});
  if (std::find(kLogLevels.begin(), kLogLevels.end(), config.log_level) == kLogLevels.end())
    log.refuse("level", "must be trace, debug, info, warning, error or critical");
  if (Status status = (*file)->finish(); !status.ok()) return status;
  return config;
}

}  // namespace lictor::control
