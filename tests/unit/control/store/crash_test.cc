// A store whose process is killed in the middle of its work. The child says over a pipe what was acknowledged; the
// parent kills it and looks.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

// Commits pairs of keys for ever, and writes the number of each acknowledged commit to `pipe`.
[[noreturn]] void write_for_ever(const std::string& path, int pipe) {
  const auto store = open_store(path);
  for (uint32_t number = 1;; ++number) {
    const std::string text = std::to_string(number);
    const auto revision =
        store->commit({{.key = "left/" + text, .value = text}, {.key = "right/" + text, .value = text}});
    if (!revision.ok() || ::write(pipe, &number, sizeof number) != sizeof number) ::_exit(1);
  }
}

TEST(StoreCrash, EveryAcknowledgedCommitSurvivesAKillAndNoneIsHalfThere) {
  constexpr uint32_t kCommitsSeen = 200;
  const TempDir directory;
  const std::string path = directory.file("store.db");
  for (int round = 0; round < 3; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) write_for_ever(path, pipe[1]);
    ::close(pipe[1]);
    uint32_t acknowledged = 0;
    while (acknowledged < kCommitsSeen) ASSERT_EQ(::read(pipe[0], &acknowledged, sizeof acknowledged), 4);
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    for (uint32_t number = 0; ::read(pipe[0], &number, sizeof number) == 4;) acknowledged = number;
    ::close(pipe[0]);
    const auto store = open_store(path);
    ASSERT_NE(store, nullptr);
    for (uint32_t number = 1; number <= acknowledged; ++number)
      ASSERT_TRUE(store->get("left/" + std::to_string(number))->has_value()) << number << " of " << acknowledged;
    EXPECT_EQ(store->list("left/", "", 1'000'000)->size(), store->list("right/", "", 1'000'000)->size());
  }
}

}  // namespace
}  // namespace lictor::control
