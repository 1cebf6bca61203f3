#include "encoders/spool/mapped_fault.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <mutex>

namespace lictor {
namespace {

// Read by a signal handler: atomics and nothing else. `end` is written last and zeroed first.
struct Range {
  std::atomic<uintptr_t> begin{0};
  std::atomic<uintptr_t> end{0};
  std::atomic<std::atomic<bool>*> damaged{nullptr};
};

std::array<Range, MappedGuard::kRangesMax> g_ranges;
std::atomic<size_t> g_ranges_used{0};  // places that were ever taken
uintptr_t g_page_bytes = 4096;
struct sigaction g_before;

bool replace_page(uintptr_t address) {
  const size_t used = g_ranges_used.load(std::memory_order_acquire);
  for (size_t i = 0; i < used; ++i) {
    Range& range = g_ranges[i];
    if (address >= range.end.load(std::memory_order_acquire) || address < range.begin.load(std::memory_order_relaxed)) {
      continue;
    }
    void* const page = reinterpret_cast<void*>(address & ~(g_page_bytes - 1));
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    if (mmap(page, g_page_bytes, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) return false;
    range.damaged.load(std::memory_order_relaxed)->store(true, std::memory_order_relaxed);
    return true;
  }
  return false;
}

void on_bus_error(int signal, siginfo_t* info, void* context) {
  const int error = errno;
  if (replace_page(reinterpret_cast<uintptr_t>(info->si_addr))) {
    errno = error;
    return;
  }
  if ((g_before.sa_flags & SA_SIGINFO) != 0 && g_before.sa_sigaction != nullptr) {
    g_before.sa_sigaction(signal, info, context);
    return;
  }
  std::signal(SIGBUS, SIG_DFL);  // the faulting instruction runs again, and the process ends as it would have
}

void install_handler() {
  g_page_bytes = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, &g_before);
}

std::mutex g_places;

}  // namespace

MappedGuard::MappedGuard(uint8_t* memory, size_t bytes) {
  static std::once_flag installed;
  std::call_once(installed, install_handler);
  const std::lock_guard lock(g_places);
  for (place_ = 0; place_ < kRangesMax && g_ranges[place_].damaged.load() != nullptr; ++place_) {
  }
  if (place_ == kRangesMax) return;
  Range& range = g_ranges[place_];
  range.damaged.store(&damaged_);
  range.begin.store(reinterpret_cast<uintptr_t>(memory));
  range.end.store(reinterpret_cast<uintptr_t>(memory) + bytes, std::memory_order_release);
  if (place_ >= g_ranges_used.load()) g_ranges_used.store(place_ + 1, std::memory_order_release);
}

MappedGuard::~MappedGuard() {
  if (place_ == kRangesMax) return;
  const std::lock_guard lock(g_places);
  Range& range = g_ranges[place_];
  range.end.store(0, std::memory_order_release);
  range.damaged.store(nullptr);
}

}  // namespace lictor
