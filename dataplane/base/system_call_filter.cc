#include "dataplane/base/system_call_filter.h"

#include <fmt/format.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <ucontext.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <utility>

#include "dataplane/base/host_modules.h"

namespace lictor {
namespace {

// Of libc, its threads, files, sockets and waiting; libraries use one or another spelling of the same. Found by the
// end-to-end tests under strace, and by what is counted as refused there.
constexpr const char* kCommon[] = {"accept",
                                   "accept4",
                                   "access",
                                   "adjtimex",
                                   "bind",
                                   "brk",
                                   "chmod",
                                   "chown",
                                   "clock_adjtime",
                                   "clock_getres",
                                   "clock_gettime",
                                   "clock_nanosleep",
                                   "close",
                                   "close_range",
                                   "connect",
                                   "copy_file_range",
                                   "creat",
                                   "dup",
                                   "dup2",
                                   "dup3",
                                   "epoll_create",
                                   "epoll_create1",
                                   "epoll_ctl",
                                   "epoll_pwait",
                                   "epoll_pwait2",
                                   "epoll_wait",
                                   "eventfd",
                                   "eventfd2",
                                   "exit",
                                   "exit_group",
                                   "faccessat",
                                   "faccessat2",
                                   "fadvise64",
                                   "fallocate",
                                   "fchmod",
                                   "fchmodat",
                                   "fchown",
                                   "fchownat",
                                   "fcntl",
                                   "fdatasync",
                                   "fgetxattr",
                                   "flock",
                                   "fstat",
                                   "fstatfs",
                                   "fsync",
                                   "ftruncate",
                                   "futex",
                                   "get_robust_list",
                                   "getcpu",
                                   "getcwd",
                                   "getdents64",
                                   "getegid",
                                   "geteuid",
                                   "getgid",
                                   "getgroups",
                                   "getpeername",
                                   "getpgrp",
                                   "getpid",
                                   "getppid",
                                   "getpriority",
                                   "getrandom",
                                   "getrlimit",
                                   "getrusage",
                                   "getsid",
                                   "getsockname",
                                   "getsockopt",
                                   "gettid",
                                   "gettimeofday",
                                   "getuid",
                                   "getxattr",
                                   "inotify_add_watch",
                                   "inotify_init1",
                                   "inotify_rm_watch",
                                   "lchown",
                                   "link",
                                   "linkat",
                                   "listen",
                                   "lseek",
                                   "lstat",
                                   "madvise",
                                   "membarrier",
                                   "mincore",
                                   "mkdir",
                                   "mkdirat",
                                   "mlock",
                                   "mlock2",
                                   "mlockall",
                                   "mremap",
                                   "msync",
                                   "munlock",
                                   "munlockall",
                                   "munmap",
                                   "nanosleep",
                                   "newfstatat",
                                   "open",
                                   "openat",
                                   "pause",
                                   "pipe",
                                   "pipe2",
                                   "poll",
                                   "ppoll",
                                   "pread64",
                                   "preadv",
                                   "preadv2",
                                   "pselect6",
                                   "pwrite64",
                                   "pwritev",
                                   "pwritev2",
                                   "read",
                                   "readahead",
                                   "readlink",
                                   "readlinkat",
                                   "readv",
                                   "recvfrom",
                                   "recvmmsg",
                                   "recvmsg",
                                   "rename",
                                   "renameat",
                                   "renameat2",
                                   "restart_syscall",
                                   "rmdir",
                                   "rseq",
                                   "rt_sigaction",
                                   "rt_sigpending",
                                   "rt_sigprocmask",
                                   "rt_sigreturn",
                                   "rt_sigsuspend",
                                   "rt_sigtimedwait",
                                   "sched_get_priority_max",
                                   "sched_get_priority_min",
                                   "sched_getaffinity",
                                   "sched_getparam",
                                   "sched_getscheduler",
                                   "sched_yield",
                                   "select",
                                   "sendfile",
                                   "sendmmsg",
                                   "sendmsg",
                                   "sendto",
                                   "set_robust_list",
                                   "setsockopt",
                                   "shutdown",
                                   "sigaltstack",
                                   "signalfd4",
                                   "stat",
                                   "statfs",
                                   "statx",
                                   "sync_file_range",
                                   "syncfs",
                                   "sysinfo",
                                   "time",
                                   "timer_create",
                                   "timer_delete",
                                   "timer_gettime",
                                   "timer_settime",
                                   "timerfd_create",
                                   "timerfd_gettime",
                                   "timerfd_settime",
                                   "times",
                                   "truncate",
                                   "umask",
                                   "uname",
                                   "unlink",
                                   "unlinkat",
                                   "utimensat",
                                   "write",
                                   "writev"};

std::atomic<uint64_t> refused_count{0};
std::atomic<int> refused_newest{-1};

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

// In the thread that made the call, in place of it: async-signal-safe.
void on_refused(int, siginfo_t* info, void* context) {
  refused_count.fetch_add(1, std::memory_order_relaxed);
  refused_newest.store(info->si_syscall, std::memory_order_relaxed);
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RAX] = -EPERM;
}

Status count_refused() {
  struct sigaction action {};
  action.sa_sigaction = on_refused;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigemptyset(&action.sa_mask);
  return ::sigaction(SIGSYS, &action, nullptr) == 0 ? absl::OkStatus()
                                                    : absl::UnavailableError("hardening: SIGSYS cannot be handled");
}

uint32_t action_of(FilterMode mode) {
  if (mode == FilterMode::kLog) return SCMP_ACT_LOG;
  return mode == FilterMode::kKill ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_TRAP;
}

// A rule that says Ok or the first that went wrong, in libseccomp's numbers.
class Rules {
 public:
  explicit Rules(void* context) : context_(context) {}

  void allow(const char* name) { note(name, seccomp_rule_add(context_, SCMP_ACT_ALLOW, number_of(name), 0)); }
  void allow(const char* name, const scmp_arg_cmp& when) {
    note(name, seccomp_rule_add_array(context_, SCMP_ACT_ALLOW, number_of(name), 1, &when));
  }
  void fail(const char* name, int error) {
    note(name, seccomp_rule_add(context_, SCMP_ACT_ERRNO(static_cast<uint32_t>(error)), number_of(name), 0));
  }
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  static int number_of(const char* name) { return seccomp_syscall_resolve_name(name); }
  void note(const char* name, int result) {
    if (result < 0 && status_.ok())
      status_ = absl::InvalidArgumentError(fmt::format("hardening: no rule can be made for {}", name));
  }

  void* const context_;
  Status status_;
};

constexpr scmp_arg_cmp equals(unsigned argument, uint64_t value) { return {argument, SCMP_CMP_EQ, value, 0}; }
constexpr scmp_arg_cmp without(unsigned argument, uint64_t bits) { return {argument, SCMP_CMP_MASKED_EQ, bits, 0}; }
constexpr scmp_arg_cmp with(unsigned argument, uint64_t bits) { return {argument, SCMP_CMP_MASKED_EQ, bits, bits}; }

// What is harmless with some arguments only.
void add_narrow_rules(Rules& rules, const SystemCalls& calls) {
  rules.allow("clone", with(0, CLONE_THREAD));
  // Its flags lie in memory, where no filter sees them: libc takes clone instead.
  rules.fail("clone3", ENOSYS);
  rules.allow("mmap", without(2, PROT_EXEC));
  rules.allow("mprotect", without(2, PROT_EXEC));
  rules.allow("prctl", equals(0, PR_SET_NAME));
  rules.allow("prctl", equals(0, PR_GET_NAME));
  rules.allow("prlimit64", equals(0, 0));
  rules.allow("tgkill", equals(0, static_cast<uint64_t>(::getpid())));
  // Not what puts words into a terminal.
  rules.allow("ioctl", {1, SCMP_CMP_NE, TIOCSTI, 0});
  rules.allow("socketpair", equals(0, AF_UNIX));
  for (const int family : calls.socket_families) rules.allow("socket", equals(0, static_cast<uint64_t>(family)));
}

}  // namespace

std::optional<FilterMode> filter_mode_of(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, FilterMode>, 4> kWords = {{{"off", FilterMode::kOff},
                                                                              {"log", FilterMode::kLog},
                                                                              {"enforce", FilterMode::kEnforce},
                                                                              {"kill", FilterMode::kKill}}};
  for (const auto& [known, mode] : kWords)
    if (known == word) return mode;
  return std::nullopt;
}

Status install_system_call_filter(FilterMode mode, const SystemCalls& calls) {
  if (mode == FilterMode::kOff) return absl::OkStatus();
  load_host_modules();
  const Context context(seccomp_init(action_of(mode)), seccomp_release);
  if (context == nullptr) return absl::UnavailableError("hardening: no filter of system calls can be made");
  Rules rules(context.get());
  for (const char* const name : kCommon) rules.allow(name);
  for (const char* const name : calls.allowed) rules.allow(name);
  for (const char* const name : calls.tried) mode == FilterMode::kLog ? rules.allow(name) : rules.fail(name, EPERM);
  add_narrow_rules(rules, calls);
  if (!rules.status().ok()) return rules.status();
  if (mode == FilterMode::kEnforce)
    if (Status status = count_refused(); !status.ok()) return status;
  if (seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_TSYNC, 1) != 0 || seccomp_load(context.get()) != 0)
    return absl::UnavailableError("hardening: the kernel takes no filter of system calls: hardening.seccomp");
  return absl::OkStatus();
}

RefusedSystemCalls refused_system_calls() {
  RefusedSystemCalls refused{.count = refused_count.load(std::memory_order_relaxed), .newest = {}};
  const int newest = refused_newest.load(std::memory_order_relaxed);
  if (refused.count == 0 || newest < 0) return refused;
  const std::unique_ptr<char, decltype(&std::free)> name(seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, newest),
                                                         std::free);
  refused.newest = name == nullptr ? std::to_string(newest) : name.get();
  return refused;
}

}  // namespace lictor
