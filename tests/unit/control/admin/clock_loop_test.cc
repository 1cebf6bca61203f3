// Time passes by itself.
#include "control/admin/clock_loop.h"

#include <atomic>
#include <future>

#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

TEST(ClockLoop, AWindowThatEndedClosesItsWarrantWithoutAnybodyAsking) {
  const TempDir directory;
  const auto store = open_store(directory.file("store.db"));
  std::atomic<int64_t> now{kNow.unix_ns};
  const auto administration =
      *Administration::open(*store, {.policy = {}, .legal_clock = [&] { return LegalTime{now.load()}; }});
  ASSERT_TRUE(administration->create_agency(make_agency()).ok());
  const std::string id = administration->create_warrant(make_warrant())->warrant().id();
  std::promise<void> changed;
  {
    const ClockLoop clock_loop(*administration, *store);
    const Store::WatchId watch =
        store->watch("warrant/" + id, [&](const std::vector<std::string>&) { changed.set_value(); });
    now = parse_time("2026-11-22T08:00:01Z")->unix_ns;
    EXPECT_EQ(changed.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
    store->unwatch(watch);
  }
  EXPECT_EQ(administration->get_warrant(id)->warrant().state(), v1::WARRANT_STATE_EXPIRED);
}

}  // namespace
}  // namespace lictor::control
