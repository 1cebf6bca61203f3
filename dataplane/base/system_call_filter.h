// A process gives up the system calls that it has no more use for (seccomp): whoever takes it over can start no
// program, trace nobody, load nothing into the kernel, map no memory that can be executed, and open no socket of other
// kinds than the allowed. Installed once, by main's thread, when everything is started; for all threads, and for good.
// What libc would load into the process later is loaded first (host_modules.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dataplane/base/result.h"

namespace lictor {

enum class FilterMode : uint8_t {
  kOff,
  kLog,      // everything is allowed; the kernel's log tells of what would not have been
  kEnforce,  // what is not allowed fails (EPERM), and is counted
  kKill,     // it ends the process
};

// "off", "log", "enforce", "kill"
std::optional<FilterMode> filter_mode_of(std::string_view word);

struct SystemCalls {
  std::span<const char* const> allowed;  // besides those that every program of ours needs
  // What a library tries and can do without: it fails (EPERM) uncounted, also where others would end the process.
  std::span<const char* const> tried = {};
  std::span<const int> socket_families;  // AF_UNIX, …
};

// Unavailable where the kernel does not take it; InvalidArgument where a name is none of this machine's.
Status install_system_call_filter(FilterMode mode, const SystemCalls& calls);

// What kEnforce has refused. Any thread.
struct RefusedSystemCalls {
  uint64_t count = 0;
  std::string newest;  // "ptrace"; empty: none
};
RefusedSystemCalls refused_system_calls();

}  // namespace lictor
