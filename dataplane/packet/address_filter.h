// The question that every packet is asked first: can it concern anybody at all? A bit array answers for nearly every
// packet in a few cycles; what it lets through is looked up. A bit that is set stays set while the filter lives, so
// that adding a key changes nothing for readers but that.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace lictor {

enum class FilterUse : uint8_t {
  kEveryPacket,  // small, so that it stays in a cache: what it lets through is asked again
  kAskedAgain,   // of another filter
};

// Keys that are hashed in 64 bits whose upper half is well mixed. Written by the control thread, read by rx lcores at
// the same time: a key is in before a table that needs it is published. A key is three bits of one word, each chosen by
// six bits of the hash: shifts, which cost less than a table of patterns.
class AddressFilter {
 public:
  // The word is chosen by a hash's highest bits; three of its bits by six each from here on. Those below are badly
  // mixed.
  static constexpr unsigned kBitShift = 26;

  // Right for `keys_max` keys: it lets 15 % of strangers through at most, asked again 1 %.
  AddressFilter(size_t keys_max, FilterUse use);

  // Control thread.
  void add(uint64_t hash) {
    std::atomic<uint64_t>& word = words_[hash >> word_shift_];
    uint64_t bits = word.load(std::memory_order_relaxed);
    for (unsigned i = 0; i < 3; ++i) bits |= uint64_t{1} << (hash >> (kBitShift + 6 * i) & 63);
    word.store(bits, std::memory_order_relaxed);
  }

  // Where it is, for a loop that asks it often: a value that stays in registers, valid while the filter lives.
  class View {
   public:
    explicit View(const AddressFilter& filter) : words_(filter.words_.get()), word_shift_(filter.word_shift_) {}

    // The lowest bit of what it returns says whether a key may have been added, the others say nothing: two answers
    // are joined without a branch.
    [[nodiscard, gnu::always_inline]] uint64_t found(uint64_t hash) const {
      const uint64_t word = words_[hash >> word_shift_].load(std::memory_order_relaxed);
      return word >> (hash >> kBitShift & 63) & word >> (hash >> (kBitShift + 6) & 63) &
             word >> (hash >> (kBitShift + 12) & 63);
    }
    [[gnu::always_inline]] void prefetch(uint64_t hash) const { __builtin_prefetch(&words_[hash >> word_shift_]); }

    [[nodiscard]] const std::atomic<uint64_t>* words() const { return words_; }
    [[nodiscard]] unsigned word_shift() const { return word_shift_; }

   private:
    const std::atomic<uint64_t>* words_;
    unsigned word_shift_;
  };

  // Any thread. Never false for a key that was added.
  [[nodiscard]] bool maybe(uint64_t hash) const { return (View(*this).found(hash) & 1) != 0; }

  [[nodiscard]] size_t bytes() const { return (uint64_t{1} << (64 - word_shift_)) * sizeof(uint64_t); }

 private:
  struct Unmap {
    size_t bytes;
    void operator()(std::atomic<uint64_t>* words) const noexcept;
  };

  unsigned word_shift_;
  std::unique_ptr<std::atomic<uint64_t>[], Unmap> words_;
};

}  // namespace lictor
