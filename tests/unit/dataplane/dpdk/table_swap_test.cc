// Two rx lcores classify without a pause while the control thread publishes one table after the other: every burst's
// verdicts are those of one table that was in force meanwhile, never of a mixture, and equal the plain second
// writing's.

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <thread>

#include "dataplane/dpdk/live_table.h"
#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/naive_classifier.h"
#include "dataplane/packet/parse_frame.h"
#include "dataplane/packet/prefilter.h"
#include "dataplane/packet/target_table_builder.h"
#include "tests/unit/dataplane/packet/frame_octets.h"

namespace lictor {
namespace {

constexpr size_t kTables = 48;
constexpr size_t kFrames = 1024;
constexpr size_t kTasks = 24;
constexpr size_t kAddresses = 96;
constexpr size_t kPacketsPerReader = 500'000;
constexpr uint32_t kFrameBytesMax = 1600;
constexpr LegalTime kNow{150};

using Random = std::mt19937;
using Verdict = std::map<TaskSlot, Direction>;

Octets any_address(Random& random) {
  return {198, 51, static_cast<uint8_t>(random() % 3), static_cast<uint8_t>(random() % kAddresses)};
}

// Hosts, networks and flows of one task.
std::vector<TargetRule> any_rules(Random& random, uint32_t slot) {
  std::vector<TargetRule> rules;
  for (size_t i = random() % 12; i > 0; --i) {
    TargetRule rule{.slot = TaskSlot{slot}, .start = {100}, .stop = {200}};
    Octets address = any_address(random);
    const bool network = random() % 6 == 0;
    if (network) address[3] &= 0xf0;
    rule.prefix = IpPrefix::make(address, network ? 28 : 32).value();
    if (random() % 4 == 0) rule.protocol = 17;
    if (random() % 4 == 0) rule.remote_ports = {53, 60};
    rules.push_back(rule);
  }
  return rules;
}

// Tables that differ from their neighbours in one task, and what each says of every frame.
struct Series {
  std::vector<Octets> frames;
  std::vector<std::unique_ptr<const TargetTable>> tables;
  std::vector<std::vector<Verdict>> verdicts;  // by table, by frame
};

Series make_series() {
  Random random(17);
  Series series;
  for (size_t i = 0; i < kFrames; ++i) {
    series.frames.push_back(
        ethernet(kIpv4Type, ipv4({.source = any_address(random), .destination = any_address(random)}, udp(24))));
  }
  TargetTableBuilder builder;
  std::map<uint32_t, std::vector<TargetRule>> tasks;
  for (size_t table = 0; table < kTables; ++table) {
    const auto slot = static_cast<uint32_t>(random() % kTasks);
    builder.remove(TaskSlot{slot}, tasks[slot]);
    tasks[slot] = any_rules(random, slot);
    for (const TargetRule& rule : tasks[slot]) builder.add(rule);
    series.tables.push_back(builder.build());
    std::vector<TargetRule> all;
    for (const auto& [one, rules] : tasks) all.insert(all.end(), rules.begin(), rules.end());
    std::vector<Verdict>& verdicts = series.verdicts.emplace_back();
    for (const Octets& frame : series.frames) verdicts.push_back(classify_naively(frame, 0, kNow, all));
  }
  return series;
}

// One burst as the rx loop takes it; the verdict of each frame.
class Reader {
 public:
  std::vector<Verdict> classify(const Series& series, size_t first, const TargetTable& table) {
    const Prefiltered answer = prefilter_burst(kBurst, plan_, table, [&](size_t i) {
      const Octets& frame = series.frames[first + i];
      const auto bytes = static_cast<uint32_t>(frame.size());
      return FrameView{frame.data(), bytes, bytes};
    });
    batch_->count = kBurst;
    for (size_t i = 0; i < kBurst; ++i) {
      batch_->header[i] = series.frames[first + i];
      batch_->frame_bytes[i] = static_cast<uint32_t>(series.frames[first + i].size());
    }
    parse_batch(*batch_, kFrameBytesMax, {});
    matches_.clear();
    std::vector<Verdict> verdicts(kBurst);
    for (size_t i = 0; i < kBurst; ++i) {
      if ((answer.candidates >> i & 1) != 0) classify_frame(*batch_, i, table, kNow, matches_);
      matches_.end_frame(i);
      for (const TaskMatch& match : matches_.tasks(i)) verdicts[i].emplace(match.slot, match.direction);
    }
    return verdicts;
  }

 private:
  const PrefilterPlan plan_{{}, kFrameBytesMax};
  std::unique_ptr<PacketBatch> batch_ = std::make_unique<PacketBatch>();
  MatchBatch matches_{kTasks};
};

// Which tables a reader may see: those whose publication has begun, from the last one on whose publication has ended.
struct Published {
  std::atomic<size_t> begun{0};
  std::atomic<size_t> ended{0};
};

bool is_of_one_table(const Series& series, size_t first, const std::vector<Verdict>& verdicts, size_t oldest,
                     size_t newest) {
  for (size_t number = oldest; number <= newest; ++number) {
    const std::vector<Verdict>& expected = series.verdicts[number % kTables];
    if (std::equal(verdicts.begin(), verdicts.end(), expected.begin() + static_cast<ptrdiff_t>(first))) return true;
  }
  return false;
}

struct Tally {
  size_t bursts = 0;
  size_t mixtures = 0;
  size_t matches = 0;
  size_t swaps_seen = 0;
};

Tally run_reader(uint32_t id, const Series& series, const LiveTable<TargetTable>& live, Quiescence& quiescence,
                 const Published& published) {
  Tally tally;
  Reader reader;
  Random random(id);
  const TargetTable* before = nullptr;
  quiescence.online(id);
  for (size_t packets = 0; packets < kPacketsPerReader; packets += kBurst) {
    const size_t first = random() % (kFrames / kBurst) * kBurst;
    const size_t oldest = published.ended.load(std::memory_order_acquire);
    const TargetTable& table = live.current();
    const std::vector<Verdict> verdicts = reader.classify(series, first, table);
    const size_t newest = published.begun.load(std::memory_order_acquire);
    tally.mixtures += is_of_one_table(series, first, verdicts, oldest, newest) ? 0 : 1;
    for (const Verdict& verdict : verdicts) tally.matches += verdict.size();
    tally.swaps_seen += std::exchange(before, &table) != &table ? 1 : 0;
    ++tally.bursts;
    quiescence.quiescent(id);
  }
  quiescence.offline(id);
  return tally;
}

TEST(TableSwap, EveryBurstIsClassifiedByOneTableThatIsInForce) {
  const Series series = make_series();
  const std::unique_ptr<Quiescence> quiescence = *Quiescence::make(2);
  const auto copy_of = [&series](size_t number) {
    return std::make_unique<const TargetTable>(*series.tables[number % kTables]);
  };
  LiveTable<TargetTable> live(*quiescence, copy_of(0));
  Published published;
  std::atomic<size_t> reading{2};
  Tally tallies[2];
  std::vector<std::thread> readers;
  for (uint32_t id = 0; id < 2; ++id) {
    readers.emplace_back([&, id] {
      tallies[id] = run_reader(id, series, live, *quiescence, published);
      reading.fetch_sub(1);
    });
  }
  size_t number = 0;
  while (reading.load() > 0) {
    published.begun.store(++number, std::memory_order_release);
    live.publish(copy_of(number));
    published.ended.store(number, std::memory_order_release);
  }
  for (std::thread& reader : readers) reader.join();
  for (const Tally& tally : tallies) {
    EXPECT_EQ(tally.mixtures, 0U) << "of " << tally.bursts;
    EXPECT_GT(tally.matches, kPacketsPerReader / 10);
    EXPECT_GT(tally.swaps_seen, 20U);
  }
}

}  // namespace
}  // namespace lictor
