// Tables that are replaced while they are read: no reader sees one that is gone.
#include "dataplane/dpdk/live_table.h"

#include <gtest/gtest.h>

#include <thread>

namespace lictor {
namespace {

// Two fields that always agree while it lives; says when it dies.
struct Table {
  explicit Table(int number, std::atomic<int>* deaths) : first(number), second(number), freed(deaths) {}
  ~Table() {
    first = -1;
    second = -2;
    freed->fetch_add(1);
  }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  int first;
  int second;
  std::atomic<int>* freed;
};

TEST(LiveTable, OldTableLivesUntilItsReaderHasBeenQuiescent) {
  std::atomic<int> freed{0};
  const std::unique_ptr<Quiescence> quiescence = *Quiescence::make(1);
  LiveTable<Table> live(*quiescence, std::make_unique<Table>(1, &freed));
  quiescence->online(0);
  const Table& held = live.current();
  std::atomic<bool> returned{false};
  std::thread control([&] {
    live.publish(std::make_unique<Table>(2, &freed));
    returned.store(true);
  });
  while (live.current().first != 2) std::this_thread::yield();
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  EXPECT_FALSE(returned.load());
  EXPECT_EQ(freed.load(), 0);
  EXPECT_EQ(held.first, 1);
  while (!returned.load()) quiescence->quiescent(0);  // as a reader does, once a round
  control.join();
  EXPECT_EQ(freed.load(), 1);
  quiescence->offline(0);
}

TEST(LiveTable, ReaderThatIsOfflineHoldsNothingUp) {
  std::atomic<int> freed{0};
  const std::unique_ptr<Quiescence> quiescence = *Quiescence::make(2);
  LiveTable<Table> live(*quiescence, std::make_unique<Table>(1, &freed));
  quiescence->online(1);
  quiescence->offline(1);
  live.publish(std::make_unique<Table>(2, &freed));  // returns although nobody reports
  EXPECT_EQ(freed.load(), 1);
  EXPECT_EQ(live.current().first, 2);
}

TEST(LiveTable, EveryReaderMustHaveBeenQuiescent) {
  std::atomic<int> freed{0};
  const std::unique_ptr<Quiescence> quiescence = *Quiescence::make(2);
  LiveTable<Table> live(*quiescence, std::make_unique<Table>(1, &freed));
  quiescence->online(0);
  quiescence->online(1);
  std::atomic<bool> returned{false};
  std::thread control([&] {
    live.publish(std::make_unique<Table>(2, &freed));
    returned.store(true);
  });
  while (live.current().first != 2) std::this_thread::yield();
  for (int i = 0; i < 1000; ++i) {
    quiescence->quiescent(0);
    std::this_thread::yield();
  }
  EXPECT_EQ(freed.load(), 0);
  while (!returned.load()) {
    quiescence->quiescent(0);
    quiescence->quiescent(1);
  }
  control.join();
  EXPECT_EQ(freed.load(), 1);
  quiescence->offline(0);
  quiescence->offline(1);
}

TEST(LiveTable, ReadersNeverSeeATableThatIsGone) {
  std::atomic<int> freed{0};
  const std::unique_ptr<Quiescence> quiescence = *Quiescence::make(2);
  LiveTable<Table> live(*quiescence, std::make_unique<Table>(0, &freed));
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> wrong{0};
  const auto read = [&](uint32_t id) {
    quiescence->online(id);
    while (!stop.load()) {
      const Table& table = live.current();
      wrong.fetch_add(table.first != table.second || table.first < 0);
      quiescence->quiescent(id);
    }
    quiescence->offline(id);
  };
  std::thread first(read, 0);
  std::thread second(read, 1);
  for (int number = 1; number <= 500; ++number) live.publish(std::make_unique<Table>(number, &freed));
  stop.store(true);
  first.join();
  second.join();
  EXPECT_EQ(wrong.load(), 0U);
  EXPECT_EQ(freed.load(), 500);
}

}  // namespace
}  // namespace lictor
