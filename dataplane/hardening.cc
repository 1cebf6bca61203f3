#include "dataplane/hardening.h"

#include <fmt/format.h>
#include <grp.h>
#include <openssl/crypto.h>
#include <pwd.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace lictor {
namespace {

constexpr size_t kUserBytesMax = 65536;

// DPDK places its threads and memory, rings are mapped twice, the kernel is asked how good its clock is.
constexpr const char* kSystemCalls[] = {"adjtimex",     "clock_adjtime",     "get_mempolicy", "mbind",
                                        "memfd_create", "sched_setaffinity", "set_mempolicy"};
// libxdp lowers its program's count of users when an AF_XDP port is closed. DPDK detaches the program itself, by
// netlink; and who may call bpf as root can write other programs' maps.
constexpr const char* kTriedSystemCalls[] = {"bpf"};
// Agencies, lictord, names, and the policies of IPsec.
constexpr int kSocketFamilies[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

Status failed(const char* what) {
  return absl::PermissionDeniedError(fmt::format("hardening.user: {}: {}", what, std::strerror(errno)));
}

// libc makes each of these calls in every thread. Who was root and becomes somebody else has no capability left.
Status become(const passwd& user) {
  const rlimit all{.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
  ::setrlimit(RLIMIT_MEMLOCK,
              &all);  // rings and keys of later tasks are locked, too; where it fails, the unit's bound holds
  if (::initgroups(user.pw_name, user.pw_gid) != 0) return failed("its groups cannot be taken");
  if (::setresgid(user.pw_gid, user.pw_gid, user.pw_gid) != 0) return failed("its group cannot be taken");
  if (::setresuid(user.pw_uid, user.pw_uid, user.pw_uid) != 0) return failed("cannot become it");
  if (user.pw_uid != 0 && ::setuid(0) == 0) return absl::InternalError("hardening.user: root can be taken again");
  return absl::OkStatus();
}

}  // namespace

HardeningConfig read_hardening(ConfigGroup group) {
  HardeningConfig config;
  config.user = group.text("user", {.max = 32, .fallback = ""});
  const std::string word = group.text("seccomp", {.max = 16, .fallback = "enforce"});
  const std::optional<FilterMode> mode = filter_mode_of(word);
  if (!mode) group.refuse("seccomp", "must be enforce, kill, log or off");
  config.filter = mode.value_or(FilterMode::kEnforce);
  return config;
}

Result<HardeningConfig> load_hardening(const std::string& path) {
  const Result<std::unique_ptr<ConfigFile>> file = ConfigFile::open(path);
  if (!file.ok()) return file.status();
  return read_hardening((*file)->root().group("hardening"));
}

Status give_up_privileges(const HardeningConfig& config) {
  if (!config.user.empty()) {
    std::vector<char> memory(kUserBytesMax);
    passwd facts{};
    passwd* found = nullptr;
    if (::getpwnam_r(config.user.c_str(), &facts, memory.data(), memory.size(), &found) != 0 || found == nullptr)
      return absl::NotFoundError("hardening.user: there is no such user");
    if (Status status = become(*found); !status.ok()) return status;
  }
  // Providers that the host's openssl.cnf names are code, too, and would be loaded with the first TLS connection.
  OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, nullptr);
  return install_system_call_filter(
      config.filter, {.allowed = kSystemCalls, .tried = kTriedSystemCalls, .socket_families = kSocketFamilies});
}

void RefusedCallWatch::look() {
  const RefusedSystemCalls refused = refused_system_calls();
  if (refused.count == told_) return;
  const std::string text =
      fmt::format("a system call that the dataplane does not need was refused: {}", refused.newest);
  spdlog::error(text);
  alarms_.raise({.code = "system_call_refused",
                 .severity = AlarmSeverity::kCritical,
                 .xid = {},
                 .destination_id = {},
                 .text = text,
                 .raised = legal_now(),
                 .cleared = false,
                 .count = refused.count - told_});
  told_ = refused.count;
}

}  // namespace lictor
