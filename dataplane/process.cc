#include "dataplane/process.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <string_view>

namespace lictor {
namespace {

constexpr char kUsage[] = "usage: lictor-dataplane --config FILE\n       lictor-dataplane --version";

sigset_t end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

void hide_memory() {
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &none);
}

void block_end_signals() {
  const sigset_t signals = end_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void wait_for_end_signal(const std::function<void()>& look) {
  constexpr timespec kLookEvery{.tv_sec = 1, .tv_nsec = 0};
  const sigset_t signals = end_signals();
  while (sigtimedwait(&signals, nullptr, &kLookEvery) < 0) look();
}

Result<std::string> config_path_of(int argc, char** argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (argc == 2 && first == "--help") return absl::NotFoundError(kUsage);
  if (argc == 2 && first == "--version") return absl::NotFoundError("lictor-dataplane " LICTOR_VERSION);
  if (argc == 2 && first.substr(0, 9) == "--config=") return std::string(first.substr(9));
  if (argc == 3 && first == "--config") return std::string(argv[2]);
  return absl::InvalidArgumentError(kUsage);
}

}  // namespace lictor
