#include "dataplane/packet/address_filter.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <new>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

constexpr size_t kBitsPerKey = 16;             // a filter that is full lets 1 % of strangers through, a fresh one 0.2 %
constexpr size_t kWordsMin = 512;              // 4 KiB
constexpr size_t kWordsMax = size_t{1} << 24;  // what a hash can choose among
constexpr size_t kHugePage = size_t{2} << 20;  // a filter beyond the caches must not pay for page walks too

}  // namespace

void AddressFilter::Unmap::operator()(std::atomic<uint64_t>* words) const noexcept { munmap(words, bytes); }

AddressFilter::AddressFilter(size_t keys_max) {
  const size_t words = std::clamp(std::bit_ceil(keys_max * kBitsPerKey / 64), kWordsMin, kWordsMax);
  mask_ = words - 1;
  size_t bytes = words * sizeof(uint64_t);
  if (bytes > kHugePage / 2) bytes = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  LICTOR_CHECK(memory != MAP_FAILED);
  if (bytes >= kHugePage) madvise(memory, bytes, MADV_HUGEPAGE);
  words_ = {static_cast<std::atomic<uint64_t>*>(memory), Unmap{bytes}};  // zero pages are zero words
}

}  // namespace lictor
