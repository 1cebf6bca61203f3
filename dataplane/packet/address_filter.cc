#include "dataplane/packet/address_filter.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <new>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

constexpr size_t kBitsPerKey = 32;
constexpr size_t kWordsMin = 512;              // 4 KiB
constexpr size_t kHugePage = size_t{2} << 20;  // a filter beyond the caches must not pay for page walks too

}  // namespace

void AddressFilter::Unmap::operator()(std::atomic<uint64_t>* words) const noexcept { munmap(words, bytes); }

AddressFilter::AddressFilter(size_t keys_max) {
  const size_t words = std::bit_ceil(std::max(keys_max * kBitsPerKey / 64, kWordsMin));
  mask_ = words - 1;
  shift_ = 64 - static_cast<unsigned>(std::countr_zero(words));
  size_t bytes = words * sizeof(uint64_t);
  if (bytes > kHugePage / 2) bytes = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  LICTOR_CHECK(memory != MAP_FAILED);
  if (bytes >= kHugePage) madvise(memory, bytes, MADV_HUGEPAGE);
  words_ = {static_cast<std::atomic<uint64_t>*>(memory), Unmap{bytes}};  // zero pages are zero words
}

}  // namespace lictor
