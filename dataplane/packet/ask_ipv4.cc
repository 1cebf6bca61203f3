#include "dataplane/packet/ask_ipv4.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace lictor::prefilter {
namespace {

[[gnu::always_inline]] inline bool may_concern(const Filters& filters, uint64_t addresses) {
  const auto source = static_cast<uint32_t>(addresses);
  const auto destination = static_cast<uint32_t>(addresses >> 32);
  const uint64_t touched =
      TargetTable::touched(filters.sixteenths, source) | TargetTable::touched(filters.sixteenths, destination);
  return ((filters.hosts.found(Ipv4Key::wire_hash(source)) | filters.hosts.found(Ipv4Key::wire_hash(destination)) |
           touched) &
          1) != 0;
}

[[gnu::always_inline]] inline uint32_t ask_each(const Filters& by, const uint64_t* addresses, size_t count) {
  const Filters filters = by;
  uint32_t suspects = 0;
  for (size_t i = 0; i < count; ++i) suspects |= static_cast<uint32_t>(may_concern(filters, addresses[i])) << i;
  return suspects;
}

uint32_t ask_anywhere(const Filters& filters, const uint64_t* addresses, size_t count) noexcept {
  return ask_each(filters, addresses, count);
}

#ifdef __x86_64__
// BMI2 shifts by any register.
[[gnu::target("bmi2")]] uint32_t ask_shifting(const Filters& filters, const uint64_t* addresses,
                                              size_t count) noexcept {
  return ask_each(filters, addresses, count);
}

// Eight headers at once. g++ 12 takes what its own intrinsics leave undefined for an error of ours.
#pragma GCC diagnostic push
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#pragma GCC diagnostic ignored "-Wuninitialized"
#define LICTOR_AVX512 [[gnu::target("avx512f,avx512dq")]]

LICTOR_AVX512 inline __m512i bit_of(__m512i words, __m512i shifts) {
  return _mm512_srlv_epi64(words, _mm512_and_si512(shifts, _mm512_set1_epi64(63)));
}

LICTOR_AVX512 inline __m512i words_at(const std::atomic<uint64_t>* words, __m512i indices) {
  static_assert(sizeof(std::atomic<uint64_t>) == 8);  // an aligned load of 8 octets is atomic in each lane
  return _mm512_i64gather_epi64(indices, words, 8);
}

LICTOR_AVX512 inline __m512i found(const AddressFilter::View& filter, __m512i addresses) {
  const __m512i hash = _mm512_mullo_epi64(addresses, _mm512_set1_epi64(static_cast<int64_t>(Ipv4Key::kMultiplier)));
  const __m512i word =
      words_at(filter.words(), _mm512_srl_epi64(hash, _mm_cvtsi32_si128(static_cast<int>(filter.word_shift()))));
  constexpr unsigned kShift = AddressFilter::kBitShift;
  return _mm512_and_si512(bit_of(word, _mm512_srli_epi64(hash, kShift)),
                          _mm512_and_si512(bit_of(word, _mm512_srli_epi64(hash, kShift + 6)),
                                           bit_of(word, _mm512_srli_epi64(hash, kShift + 12))));
}

LICTOR_AVX512 inline __m512i touched(const TargetTable::Sixteenths& sixteenths, __m512i addresses) {
  const __m512i index = _mm512_srli_epi64(_mm512_and_si512(addresses, _mm512_set1_epi64(0xffff)), 6);
  return bit_of(words_at(sixteenths.data(), index), addresses);
}

LICTOR_AVX512 uint32_t ask_eight(const Filters& filters, const uint64_t* addresses, size_t count) noexcept {
  uint32_t suspects = 0;
  for (size_t i = 0; i < count; i += 8) {
    const auto lanes = static_cast<__mmask8>(count - i >= 8 ? 0xff : (1U << (count - i)) - 1);
    const __m512i pairs = _mm512_maskz_loadu_epi64(lanes, addresses + i);
    const __m512i sources = _mm512_and_si512(pairs, _mm512_set1_epi64(0xffffffff));
    const __m512i destinations = _mm512_srli_epi64(pairs, 32);
    const __m512i hosts = _mm512_or_si512(found(filters.hosts, sources), found(filters.hosts, destinations));
    const __m512i prefixes =
        _mm512_or_si512(touched(filters.sixteenths, sources), touched(filters.sixteenths, destinations));
    const __mmask8 some = _mm512_mask_test_epi64_mask(lanes, _mm512_or_si512(hosts, prefixes), _mm512_set1_epi64(1));
    suspects |= static_cast<uint32_t>(some) << i;
  }
  return suspects;
}
#undef LICTOR_AVX512
#pragma GCC diagnostic pop
#endif

std::vector<AskIpv4Method> methods_of_this_machine() {
  std::vector<AskIpv4Method> methods = {{"portable", ask_anywhere}};
#ifdef __x86_64__
  if (__builtin_cpu_supports("bmi2") != 0) methods.push_back({"bmi2", ask_shifting});
  if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0) {
    methods.push_back({"avx512", ask_eight});
  }
#endif
  return methods;
}

// The best of a few short runs: what disturbs one does not disturb all.
int64_t time_of(AskIpv4 ask, const Filters& filters, const std::array<uint64_t, 32>& addresses) {
  constexpr int kRuns = 15;
  constexpr int kBursts = 64;
  int64_t best = INT64_MAX;
  uint32_t seen = 0;
  for (int run = 0; run < kRuns; ++run) {
    const auto began = std::chrono::steady_clock::now();
    for (int burst = 0; burst < kBursts; ++burst) seen |= ask(filters, addresses.data(), addresses.size());
    best = std::min<int64_t>(best, (std::chrono::steady_clock::now() - began).count());
  }
  asm volatile("" : : "r"(seen));  // what nobody reads, nobody computes
  return best;
}

AskIpv4 time_methods() {
  const auto table = TargetTable::build({});
  const Filters filters(*table);
  std::array<uint64_t, 32> addresses;
  for (size_t i = 0; i < addresses.size(); ++i) addresses[i] = (i + 1) * 0x9e3779b97f4a7c15;
  const std::span<const AskIpv4Method> methods = ask_ipv4_methods();
  std::vector<int64_t> times;
  for (const AskIpv4Method& method : methods) times.push_back(time_of(method.ask, filters, addresses));
  return methods[static_cast<size_t>(std::ranges::min_element(times) - times.begin())].ask;
}

}  // namespace

std::span<const AskIpv4Method> ask_ipv4_methods() {
  static const std::vector<AskIpv4Method> kMethods = methods_of_this_machine();
  return kMethods;
}

AskIpv4 fastest_ask_ipv4() {
  static const AskIpv4 kFastest = time_methods();
  return kFastest;
}

}  // namespace lictor::prefilter
