// The integrity thread beside an encoder lcore, for real: nothing is lost, nothing is used after its end.
#include "encoders/integrity/integrity_thread.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <thread>

#include "tests/unit/encoders/integrity/test_keys.h"

namespace lictor {
namespace {

constexpr uint32_t kRecords = 20'000;

// What an encoder lcore does with one task's chain, without a spool.
class Lcore {
 public:
  Lcore(IntegrityThread& thread, size_t index) : thread_(thread), index_(index), lane_(thread.lane(index)) {}

  void begin(const IntegrityPlan& plan) {
    chain_ = lane_.adopt(*thread_.make_chain(index_, plan, TaskSlot{7}));
    closed_ = false;
    hashes_ = 0;
    proven_.clear();
    signed_.clear();
  }

  void record(uint32_t number) {
    const std::string octets = "record " + std::to_string(number);
    while (!lane_.record(*chain_, CheckedKind::kCc, 0, number, as_bytes(octets))) turn();
    if (number % 64 == 0) turn();
  }

  void end() {
    lane_.end(*chain_);
    while (!closed_) turn();
  }

  void drop() { lane_.drop(TaskSlot{7}); }

  void turn() {
    lane_.publish();
    while (lane_.can_tell()) {
      const std::optional<IntegrityResult> result = lane_.next();
      if (!result) break;
      take(*result);
    }
    std::this_thread::yield();
  }

  [[nodiscard]] const std::vector<uint32_t>& proven() const { return proven_; }
  [[nodiscard]] const std::vector<uint32_t>& signed_hashes() const { return signed_; }
  [[nodiscard]] uint32_t hashes() const { return hashes_; }

 private:
  void take(const IntegrityResult& result) {
    EXPECT_EQ(result.chain, chain_);
    if (result.kind == IntegrityResult::Kind::kFlushed) return lane_.close(*result.chain);
    if (result.kind == IntegrityResult::Kind::kClosed) {
      closed_ = true;
      return;
    }
    const IntegrityCheck& check = result.check;
    std::vector<uint32_t>& numbers = check.kind == IntegrityCheck::Kind::kHash ? proven_ : signed_;
    numbers.insert(numbers.end(), check.numbers.begin(), check.numbers.end());
    if (check.kind == IntegrityCheck::Kind::kHash)
      lane_.tell_hash(*result.chain, check.of, check.cin, hashes_++, check.value, check.value);
  }

  IntegrityThread& thread_;
  const size_t index_;
  IntegrityLane& lane_;
  IntegrityChain* chain_ = nullptr;
  bool closed_ = false;
  uint32_t hashes_ = 0;
  std::vector<uint32_t> proven_;
  std::vector<uint32_t> signed_;
};

std::vector<uint32_t> first_numbers(uint32_t count) {
  std::vector<uint32_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0U);
  return numbers;
}

TEST(IntegrityThread, EveryRecordOfEveryLcoreIsProvenOnceAndInOrder) {
  IntegrityThread thread(2, 1 << 16);
  const SharedSigningKey key = test_key("ed25519");
  const auto run = [&](size_t index) {
    Lcore lcore(thread, index);
    lcore.begin({.hash_records = 10, .key = key, .signature_hashes = 7});
    for (uint32_t number = 0; number < kRecords; ++number) lcore.record(number);
    lcore.end();
    EXPECT_EQ(lcore.proven(), first_numbers(kRecords));
    EXPECT_EQ(lcore.signed_hashes(), first_numbers(lcore.hashes()));
  };
  std::thread other([&] { run(1); });
  run(0);
  other.join();
}

TEST(IntegrityThread, AChainThatIsDroppedInTheMiddleIsFollowedByAnother) {
  IntegrityThread thread(1, 1 << 16);
  const SharedSigningKey key = test_key("ed25519");
  Lcore lcore(thread, 0);
  for (uint32_t round = 0; round < 50; ++round) {
    lcore.begin({.hash_records = 3, .key = key, .signature_hashes = 2});
    for (uint32_t number = 0; number < 10 * round; ++number) lcore.record(number);
    lcore.drop();
  }
  lcore.begin({.hash_records = 3, .key = key, .signature_hashes = 2});
  for (uint32_t number = 0; number < 1000; ++number) lcore.record(number);
  lcore.end();
  EXPECT_EQ(lcore.proven(), first_numbers(1000));
}

}  // namespace
}  // namespace lictor
