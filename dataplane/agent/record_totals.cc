#include "dataplane/agent/record_totals.h"

#include <numeric>

namespace lictor {
namespace {

template <size_t Size>
uint64_t sum(const std::array<uint64_t, Size>& values) {
  return std::accumulate(values.begin(), values.end(), uint64_t{0});
}

uint64_t less(uint64_t from, uint64_t amount) { return from > amount ? from - amount : 0; }

template <typename Reason>
void add(std::array<uint64_t, kReasons<Reason>>& sums, const ReasonCounters<Reason>& counters) {
  for (size_t i = 0; i < sums.size(); ++i) sums[i] += counters.by_reason[i].get();
}

}  // namespace

RecordTotals& RecordTotals::operator+=(const RecordTotals& other) {
  matched += other.matched;
  events += other.events;
  appended += other.appended;
  aggregated += other.aggregated;
  recovered += other.recovered;
  confirmed += other.confirmed;
  unconfirmed += other.unconfirmed;
  in_spool += other.in_spool;
  in_rings += other.in_rings;
  excluded += other.excluded;
  not_ip += other.not_ip;
  for (size_t i = 0; i < drops.size(); ++i) drops[i] += other.drops[i];
  for (size_t i = 0; i < given_up.size(); ++i) given_up[i] += other.given_up[i];
  return *this;
}

RecordTotals totals_of(uint32_t slot, std::span<const TaskAccount> accounts, std::span<RxAccount* const> rx) {
  // Down the line first: what is on its way meanwhile is then counted as still under way, and nothing comes out
  // negative.
  const TaskAccount& account = accounts[slot];
  RecordTotals totals;
  for (const HandoverTaskAccount* side : {&account.hi2, &account.hi3}) {
    totals.recovered += side->recovered.get();
    totals.confirmed += side->confirmed.get();
    totals.unconfirmed += side->unconfirmed.get();
    add(totals.given_up, side->given_up);
  }
  totals.appended = account.encoder.appended.get();
  totals.aggregated = account.encoder.aggregated.get();
  add(totals.drops, account.encoder.dropped);
  totals.events = account.encoder.events.get();
  for (const RxAccount* one : rx) {
    add(totals.drops, one->tasks[slot].dropped);
    totals.matched += one->tasks[slot].matched.get();
    totals.excluded += one->tasks[slot].excluded.get();
    totals.not_ip += one->tasks[slot].not_ip.get();
  }
  totals.in_spool =
      less(totals.appended + totals.recovered, totals.confirmed + totals.unconfirmed + sum(totals.given_up));
  totals.in_rings = less(totals.matched + totals.events, totals.appended + totals.aggregated + sum(totals.drops));
  return totals;
}

uint64_t untold_losses(uint32_t slot, std::span<RxAccount* const> rx) {
  uint64_t untold = 0;
  for (const RxAccount* one : rx) {
    const uint64_t told = one->tasks[slot].lost_told.get();
    untold += less(one->tasks[slot].dropped.total(), told);
  }
  return untold;
}

}  // namespace lictor
