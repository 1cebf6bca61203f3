// The filter of system calls, in children, since nobody gets rid of it again.
#include "dataplane/base/system_call_filter.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <thread>

namespace lictor {
namespace {

constexpr int kFamilies[] = {AF_UNIX};
constexpr const char* kTried[] = {"chroot"};

// What the child's exit status says of `test`, which runs behind the filter; 1 where there is none.
template <typename Test>
int behind_filter(FilterMode mode, const Test& test) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!install_system_call_filter(mode, {.allowed = {}, .tried = kTried, .socket_families = kFamilies}).ok())
      ::_exit(1);
    ::_exit(test() ? 0 : 2);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool fails_with_eperm(long result) { return result == -1 && errno == EPERM; }

TEST(SystemCallFilter, WhatNoProgramOfOursNeedsFailsAndIsCounted) {
  EXPECT_EQ(behind_filter(FilterMode::kEnforce,
                          [] {
                            char* const nothing[] = {nullptr};
                            return fails_with_eperm(::execve("/bin/true", nothing, nothing)) &&
                                   fails_with_eperm(::ptrace(PTRACE_TRACEME)) && fails_with_eperm(::fork()) &&
                                   refused_system_calls().count == 3 && refused_system_calls().newest == "clone";
                          }),
            0);
}

TEST(SystemCallFilter, NoMemoryCanBeExecuted) {
  EXPECT_EQ(behind_filter(
                FilterMode::kEnforce,
                [] {
                  void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                  return page != MAP_FAILED && fails_with_eperm(::mprotect(page, 4096, PROT_READ | PROT_EXEC)) &&
                         ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
                }),
            0);
}

TEST(SystemCallFilter, OnlyTheSocketsThatWereSaidCanBeOpened) {
  EXPECT_EQ(behind_filter(FilterMode::kEnforce,
                          [] {
                            return ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0 &&
                                   fails_with_eperm(::socket(AF_INET, SOCK_STREAM, 0)) &&
                                   fails_with_eperm(::socket(AF_PACKET, SOCK_RAW, 0));
                          }),
            0);
}

TEST(SystemCallFilter, ThreadsFilesAndClocksGoOn) {
  EXPECT_EQ(behind_filter(FilterMode::kEnforce,
                          [] {
                            bool ran = false;
                            std::thread([&ran] { ran = true; }).join();
                            std::FILE* const file = std::tmpfile();
                            const bool written =
                                file != nullptr && std::fputs("x", file) >= 0 && std::fflush(file) == 0;
                            return ran && written && refused_system_calls().count == 0;
                          }),
            0);
}

TEST(SystemCallFilter, ItHoldsForThreadsThatWereThereBefore) {
  const pid_t child = ::fork();
  if (child == 0) {
    int ready[2];
    bool refused = false;
    if (::pipe(ready) != 0) ::_exit(1);
    std::thread other([&] {
      char octet = 0;
      if (::read(ready[0], &octet, 1) == 1) refused = fails_with_eperm(::ptrace(PTRACE_TRACEME));
    });
    const bool installed =
        install_system_call_filter(FilterMode::kEnforce, {.allowed = {}, .socket_families = kFamilies}).ok();
    if (::write(ready[1], "x", 1) != 1) ::_exit(1);
    other.join();
    ::_exit(installed && refused ? 0 : 2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(SystemCallFilter, ItMayEndTheProcessOrLetItGoOn) {
  const auto trace = [] { return ::ptrace(PTRACE_TRACEME) == 0; };
  EXPECT_EQ(behind_filter(FilterMode::kKill, trace), -SIGSYS);
  EXPECT_EQ(behind_filter(FilterMode::kLog, trace), 0);
  EXPECT_EQ(behind_filter(FilterMode::kOff, trace), 0);
}

TEST(SystemCallFilter, WhatALibraryOnlyTriesFailsUncountedAndEndsNothing) {
  for (const FilterMode mode : {FilterMode::kEnforce, FilterMode::kKill}) {
    EXPECT_EQ(behind_filter(mode, [] { return fails_with_eperm(::chroot("/")) && refused_system_calls().count == 0; }),
              0);
  }
  EXPECT_EQ(behind_filter(FilterMode::kLog, [] { return ::chroot("/nonexistent") == -1 && errno != EPERM; }), 0);
}

TEST(SystemCallFilter, ItsModesHaveWords) {
  EXPECT_EQ(filter_mode_of("kill"), FilterMode::kKill);
  EXPECT_EQ(filter_mode_of("enforced"), std::nullopt);
}

TEST(SystemCallFilter, ANameThatIsNoneIsRefused) {
  const char* const names[] = {"no_such_call"};
  const Status status = install_system_call_filter(FilterMode::kLog, {.allowed = names, .socket_families = {}});
  EXPECT_TRUE(absl::IsInvalidArgument(status));
}

}  // namespace
}  // namespace lictor
