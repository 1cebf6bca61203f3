// What happens by time alone, also when the store cannot be written.
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "control/admin/administration.h"
#include "tests/unit/control/support/control_test.h"
#include "tests/unit/control/support/full_store.h"

namespace lictor::control {
namespace {

// What is logged while this is there.
class CapturedLog {
 public:
  CapturedLog() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
  }
  ~CapturedLog() { spdlog::set_default_logger(before_); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;
  [[nodiscard]] size_t lines_with(const std::string& words) const {
    std::istringstream lines(text_.str());
    size_t count = 0;
    for (std::string line; std::getline(lines, line);) count += line.find(words) != std::string::npos ? 1 : 0;
    return count;
  }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

TEST(Tick, AnExpiryThatCannotBeStoredIsTriedOnceASecondAndLoggedOnce) {
  const TempDir directory;
  const auto sqlite = open_store(directory.file("store.db"));
  FullStore store(*sqlite);
  LegalTime now = kNow;
  SocketTime socket_now{1};
  const auto administration = *Administration::open(
      store, {.policy = {}, .legal_clock = [&] { return now; }, .socket_clock = [&] { return socket_now; }});
  ASSERT_TRUE(administration->create_agency(make_agency()).ok());
  const std::string id = administration->create_warrant(make_warrant())->warrant().id();
  const CapturedLog log;
  now = LegalTime{parse_time("2026-11-22T08:00:01Z")->unix_ns};
  store.full = true;
  const int64_t end = socket_now.ns + 3 * kNanosecondsPerSecond;
  while (socket_now.ns < end) {
    const int64_t wait = administration->tick();
    EXPECT_EQ(administration->tick(), wait);  // woken by something else meanwhile
    now.unix_ns += wait;
    socket_now.ns += wait;
  }
  EXPECT_EQ(store.refused, 3);
  EXPECT_EQ(log.lines_with("cannot be closed yet"), 1u);
  store.full = false;
  administration->tick();
  EXPECT_EQ(administration->get_warrant(id)->warrant().state(), v1::WARRANT_STATE_EXPIRED);
  EXPECT_EQ(log.lines_with("can be closed again"), 1u);
}

class TickTest : public ControlTest {};

TEST_F(TickTest, AnEndThatWasMovedCountsInPlaceOfTheOldOne) {
  add_agency();
  const std::string longer = file(make_warrant("LONGER"));
  const std::string shorter = file(make_warrant("SHORTER"));
  for (const auto& [id, end] :
       {std::pair(longer, "2026-11-23T08:00:00Z"), std::pair(shorter, "2026-11-21T20:00:00Z")}) {
    activate(id);
    v1::Warrant changed = warrant(id);
    changed.set_end(end);
    administration_->modify_warrant(changed, done());
    ASSERT_TRUE(done_->ok()) << done_->status();
  }
  pass(12 * 3600 + 1);
  EXPECT_EQ(warrant(shorter).state(), v1::WARRANT_STATE_EXPIRED);
  pass(12 * 3600);
  EXPECT_EQ(warrant(longer).state(), v1::WARRANT_STATE_ACTIVE);
  pass(24 * 3600);
  EXPECT_EQ(warrant(longer).state(), v1::WARRANT_STATE_EXPIRED);
}

TEST_F(TickTest, TheNextTickIsAskedForWhenTheFirstWindowEnds) {
  add_agency();
  file();  // ends 24 hours from here
  const int64_t end = kNow.unix_ns + 24 * 3600 * kNanosecondsPerSecond + kExpiryGraceNs;
  now_ = LegalTime{end - kNanosecondsPerSecond / 4};
  EXPECT_EQ(administration_->tick(), kNanosecondsPerSecond / 4);
}

}  // namespace
}  // namespace lictor::control
