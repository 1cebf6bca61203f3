// The question that every packet is asked first: can it concern anybody at all? Two bit arrays answer for nearly every
// packet in a few cycles (facts: 4 to 9 of them against 30 to 60 of a hash table); what they let through is looked up.
// A bit that is set stays set while the filter lives, so that adding a key changes nothing for readers but that.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace lictor {

// Four bits of a word, two each by eight bits of a hash: a table costs an and and a load where computing them costs
// shifts.
namespace address_filter {

constexpr size_t kPatterns = 256;

constexpr std::array<uint64_t, kPatterns> make_patterns(uint64_t state) {
  std::array<uint64_t, kPatterns> patterns{};
  for (uint64_t& pattern : patterns) {
    while (__builtin_popcountll(pattern) < 2) {
      state = state * 6364136223846793005 + 1442695040888963407;
      pattern |= uint64_t{1} << (state >> 58);
    }
  }
  return patterns;
}

// Any two starts will do.
inline constexpr std::array<uint64_t, kPatterns> kPattern = make_patterns(0x2545f4914f6cdd1d);
inline constexpr std::array<uint64_t, kPatterns> kOtherPattern = make_patterns(0x9e3779b97f4a7c15);

}  // namespace address_filter

// Keys that are hashed in 64 bits whose upper half is well mixed. Written by the control thread, read by rx lcores at
// the same time: a key is in before a table that needs it is published.
class AddressFilter {
 public:
  // Right for `keys_max` keys: 16 bits each, four of them set in one word, let 1 % of strangers through at most.
  explicit AddressFilter(size_t keys_max);

  // Control thread.
  void add(uint64_t hash) {
    std::atomic<uint64_t>& word = words_[word_of(hash)];
    word.store(word.load(std::memory_order_relaxed) | bits_of(hash), std::memory_order_relaxed);
  }

  // Any thread. Never false for a key that was added.
  [[nodiscard, gnu::always_inline]] bool maybe(uint64_t hash) const {
    return (~words_[word_of(hash)].load(std::memory_order_relaxed) & bits_of(hash)) == 0;
  }
  void prefetch(uint64_t hash) const { __builtin_prefetch(&words_[word_of(hash)]); }

  [[nodiscard]] size_t bytes() const { return (mask_ + 1) * sizeof(uint64_t); }

 private:
  [[nodiscard, gnu::always_inline]] size_t word_of(uint64_t hash) const { return hash >> 40 & mask_; }
  [[gnu::always_inline]] static uint64_t bits_of(uint64_t hash) {
    return address_filter::kPattern[hash >> 32 & 255] | address_filter::kOtherPattern[hash >> 24 & 255];
  }

  struct Unmap {
    size_t bytes;
    void operator()(std::atomic<uint64_t>* words) const noexcept;
  };

  size_t mask_;
  std::unique_ptr<std::atomic<uint64_t>[], Unmap> words_;
};

}  // namespace lictor
