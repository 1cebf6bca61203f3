#include "dataplane/packet/address_filter.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <new>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

constexpr size_t kBitsPerKey = 16;                 // full: 1 % of strangers pass
constexpr size_t kBitsPerKeyFirst = 8;             // full: 5 %
constexpr size_t kBitsPerKeyCached = 4;            // full: 15 %
constexpr size_t kCachedBytes = size_t{16} << 10;  // half of a core's first data cache
constexpr size_t kWordsMin = 512;                  // 4 KiB
constexpr size_t kWordsMax = size_t{1} << 24;      // what a hash can choose among
constexpr size_t kHugePage = size_t{2} << 20;      // a filter beyond the caches must not pay for page walks too

size_t words_for(size_t keys_max, FilterUse use) {
  const auto words = [&](size_t bits_per_key) {
    return std::clamp(std::bit_ceil(keys_max * bits_per_key / 64), kWordsMin, kWordsMax);
  };
  if (use == FilterUse::kAskedAgain) return words(kBitsPerKey);
  const size_t cached = words(kBitsPerKeyCached);
  return cached * sizeof(uint64_t) <= kCachedBytes ? cached : words(kBitsPerKeyFirst);
}

}  // namespace

void AddressFilter::Unmap::operator()(std::atomic<uint64_t>* words) const noexcept { munmap(words, bytes); }

AddressFilter::AddressFilter(size_t keys_max, FilterUse use) {
  const size_t words = words_for(keys_max, use);
  word_shift_ = 64 - static_cast<unsigned>(std::countr_zero(words));
  size_t bytes = words * sizeof(uint64_t);
  if (bytes > kHugePage / 2) bytes = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  LICTOR_CHECK(memory != MAP_FAILED);
  if (bytes >= kHugePage) madvise(memory, bytes, MADV_HUGEPAGE);
  words_ = {static_cast<std::atomic<uint64_t>*>(memory), Unmap{bytes}};  // zero pages are zero words
}

}  // namespace lictor
