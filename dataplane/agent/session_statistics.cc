#include "dataplane/agent/session_statistics.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace lictor {
namespace {

constexpr std::array<std::string_view, kSignalKinds> kKindNames = {
    "radius", "dhcp4",     "dhcp6", "pppoe_discovery", "pppoe_session",
    "arp",    "neighbour", "sip",   "sip_segments",    "fragments"};

class Counts {
 public:
  explicit Counts(v1::SessionStatistics& statistics) : counts_(*statistics.mutable_counts()) {}

  void add(std::string_view name, const Counter& counter) { add(name, counter.get()); }
  void add(std::string_view name, uint64_t count) { counts_[std::string(name)] += count; }
  template <typename Names, typename Counters>
  void add_reasons(std::string_view protocol, const Names& names, const Counters& counters) {
    for (size_t i = 0; i < names.size(); ++i) add(fmt::format("{}_{}", protocol, names[i]), counters[i]);
  }

 private:
  google::protobuf::Map<std::string, google::protobuf::uint64>& counts_;
};

void add_book(const SessionBookCounters& book, Counts& counts) {
  const uint64_t closed = book.closed.get();  // first: what is open never counts as less than none
  counts.add("sessions_open", book.opened.get() - closed);
  counts.add("sessions_opened", book.opened);
  counts.add("sessions_refused_full", book.refused_full);
  counts.add("sessions_expired", book.expired);
  counts.add("sessions_unheard", book.unheard);
  counts.add("sessions_late_changes", book.late);
  counts.add("sessions_cells_full", book.cells_full);
  counts.add("sessions_addresses_over", book.addresses_over);
  counts.add("sessions_addresses_older", book.addresses_older);
  counts.add("sessions_addresses_unsure", book.addresses_unsure);
  counts.add("sessions_addresses_taken", book.addresses_taken);
}

void add_desk(const SessionDeskCounters& desk, Counts& counts) {
  counts.add("targets_sessions", desk.sessions);
  counts.add("targets_sessions_over", desk.sessions_over);
  counts.add("targets_unheard", desk.unheard);
  counts.add("targets_cins_missing", desk.cins_missing);
  counts.add("targets_reports", desk.reports);
  counts.add("targets_reports_lost", desk.reports_lost);
  counts.add("targets_news_lost", desk.news_lost);
  counts.add("targets_remotes", desk.remotes);
  counts.add("targets_remotes_live", desk.remotes.get() - desk.remotes_ended.get());
  counts.add("targets_remotes_over", desk.remotes_over);
  counts.add("targets_remotes_pairs_over", desk.remotes_pairs_over);
}

void add_radius(const radius::TrackerCounters& radius, Counts& counts) {
  counts.add_reasons("radius", radius::kFateNames, radius.fates.by_reason);
  counts.add("radius_odd_attributes", radius.odd_attributes);
  counts.add("radius_beyond_bounds", radius.beyond_bounds);
  counts.add("radius_too_wide", radius.too_wide);
  counts.add("radius_unverified", radius.unverified);
  counts.add("radius_pending_pushed_out", radius.pending_pushed_out);
  counts.add("radius_nas_unknown", radius.nas_unknown);
}

// What both versions of DHCP count alike.
template <typename DhcpCounters>
void add_dhcp(std::string_view protocol, const DhcpCounters& dhcp, Counts& counts) {
  const auto add = [&](std::string_view name, const Counter& counter) {
    counts.add(fmt::format("{}_{}", protocol, name), counter);
  };
  add("wrong_way", dhcp.wrong_way);
  add("unknown_set", dhcp.unknown_set);
  add("not_trusted", dhcp.not_trusted);
  add("forged_relay", dhcp.forged_relay);
  add("foreign_end", dhcp.foreign_end);
  add("after_end", dhcp.after_end);
  add("unasked", dhcp.unasked);
  add("repeated", dhcp.repeated);
  add("begun", dhcp.begun);
  add("renewed", dhcp.renewed);
  add("moved", dhcp.moved);
  add("rejected", dhcp.rejected);
  add("released", dhcp.released);
  add("declined", dhcp.declined);
  add("name_too_long", dhcp.name_too_long);
  add("exchanges_lost", dhcp.exchanges_lost);
}

void add_pppoe(const PppoeCounters& pppoe, Counts& counts) {
  counts.add_reasons("pppoe", kPppoeReadingNames, pppoe.readings.by_reason);
  const auto add = [&](std::string_view name, const Counter& counter) {
    counts.add(fmt::format("pppoe_{}", name), counter);
  };
  add("unknown_set", pppoe.unknown_set);
  add("not_trusted", pppoe.not_trusted);
  add("forged", pppoe.forged);
  add("unknown_session", pppoe.unknown_session);
  add("repeated", pppoe.repeated);
  add("late", pppoe.late);
  add("begun", pppoe.begun);
  add("adopted", pppoe.adopted);
  add("bound", pppoe.bound);
  add("authentication_failed", pppoe.authentication_failed);
  add("requests_lost", pppoe.requests_lost);
  add("names_lost", pppoe.names_lost);
}

void add_neighbour(const NeighbourCounters& neighbour, Counts& counts) {
  counts.add_reasons("neighbour", kNeighbourReadingNames, neighbour.readings.by_reason);
  const auto add = [&](std::string_view name, const Counter& counter) {
    counts.add(fmt::format("neighbour_{}", name), counter);
  };
  add("outside", neighbour.outside);
  add("other_sender", neighbour.other_sender);
  add("held_elsewhere", neighbour.held_elsewhere);
  add("bound", neighbour.bound);
  add("moved", neighbour.moved);
  add("move_refused", neighbour.move_refused);
  add("mac_full", neighbour.mac_full);
  add("full", neighbour.full);
}

void add_assembly(const DatagramAssemblyCounters& assembly, Counts& counts) {
  const auto add = [&](std::string_view name, const Counter& counter) {
    counts.add(fmt::format("fragmented_{}", name), counter);
  };
  add("whole", assembly.whole);
  add("expired", assembly.expired);
  add("evicted", assembly.evicted);
  add("conflicting", assembly.conflicting);
  add("odd", assembly.odd);
}

void add_calls(const sip::CallDesk& desk, Counts& counts) {
  const sip::CallDeskCounters& calls = desk.counters();
  const auto add = [&](std::string_view name, const Counter& counter) {
    counts.add(fmt::format("calls_{}", name), counter);
  };
  add("messages", calls.messages);
  add("keepalives", calls.keepalives);
  add("malformed", calls.malformed);
  add("of_targets", calls.calls);
  add("joined", calls.joined);
  add("in_progress", calls.in_progress);
  add("exchanges_of_targets", calls.exchanges);
  add("over", calls.calls_over);
  add("joins_over", calls.legs_over);
  add("exchanges_evicted", calls.exchanges_evicted);
  add("unanswered_over", calls.unanswered_over);
  add("reports", calls.reports);
  add("reports_lost", calls.reports_lost);
  add("endpoints_over", calls.endpoints_over);
  add("endpoint_calls_over", calls.endpoint_calls_over);
  add("endpoints_shared", calls.shared);
  add("pairs_over", calls.pairs_over);
  add("identities_over", calls.identities_over);
  add("held_over", calls.held_over);
  add("credentials_unasked", calls.credentials_unasked);
  add("contacts_of_many", calls.contacts_of_many);
  add("contacts_shared", calls.contacts_shared);
  add("echoes", calls.echoes);
  if (desk.registrations() != nullptr) {
    add("registrations_evicted", desk.registrations()->evicted());
    add("registrations_of_others_evicted", desk.registrations()->others_evicted());
  }
  add("endpoints_not_counted", desk.tracker().census().no_room());
  const sip::CallCounters& tracked = desk.tracker().counters();
  add("opened", tracked.opened);
  add("ended", tracked.ended);
  add("of_no_call", tracked.reports);
  add("odd", tracked.odd);
  add("evicted", tracked.evicted);
  add("no_room", tracked.no_room);
  add("legs_beyond", tracked.legs_beyond);
  add("endpoints_beyond", tracked.endpoints_beyond);
}

void add_streams(const sip::StreamTableCounters& streams, Counts& counts) {
  const auto add = [&](std::string_view name, const Counter& counter) {
    counts.add(fmt::format("sip_streams_{}", name), counter);
  };
  add("opened", streams.opened);
  add("evicted", streams.evicted);
  add("rooms_over", streams.rooms_over);
  add("gaps", streams.gaps);
  add("held_over", streams.held_over);
  add("odd", streams.odd);
  add("too_long", streams.too_long);
  add("no_length", streams.no_length);
  add("searches", streams.searches);
  add("found_again", streams.found_again);
  add("given_up", streams.given_up);
}

void add_trackers(const SessionTrackers& trackers, Counts& counts) {
  if (trackers.radius() != nullptr) add_radius(trackers.radius()->counters(), counts);
  if (trackers.pppoe() != nullptr) add_pppoe(trackers.pppoe()->counters(), counts);
  if (trackers.neighbour() != nullptr) add_neighbour(trackers.neighbour()->counters(), counts);
  if (trackers.dhcp4() != nullptr) {
    const dhcp4::TrackerCounters& dhcp = trackers.dhcp4()->counters();
    add_dhcp("dhcp4", dhcp, counts);
    counts.add_reasons("dhcp4_read", dhcp4::kReadingNames, dhcp.readings);
    counts.add_reasons("dhcp4_damaged", dhcp4::kDamageNames, dhcp.damages);
  }
  if (trackers.dhcp6() != nullptr) {
    const dhcp6::TrackerCounters& dhcp = trackers.dhcp6()->counters();
    add_dhcp("dhcp6", dhcp, counts);
    counts.add_reasons("dhcp6_read", dhcp6::kReadingNames, dhcp.readings);
    counts.add_reasons("dhcp6_damaged", dhcp6::kDamageNames, dhcp.damages);
  }
}

}  // namespace

SessionReading read_session_watch(const SessionLcores& sessions, std::span<RxAccount* const> rx) {
  SessionReading reading;
  if (const SnapshotCounters* const snapshots = sessions.snapshots(); snapshots != nullptr)
    reading.not_kept = snapshots->failed.get() + snapshots->lost.get();
  for (const RxAccount* account : rx) reading.signals_lost += account->signals.lost.get();
  for (size_t lcore = 0; lcore < sessions.size(); ++lcore) {
    const SessionBookCounters& book = sessions.book(lcore).counters();
    const SessionDeskCounters& desk = sessions.desk(lcore).counters();
    reading.unheard += desk.unheard.get();
    reading.unheard_anybodys += book.unheard.get();
    reading.full += book.refused_full.get() + book.cells_full.get();
    reading.targets_over += desk.sessions_over.get() + desk.remotes_over.get();
    reading.cins_missing += desk.cins_missing.get();
    reading.reports_lost += desk.reports_lost.get();
    const SessionLoopCounters& loop = sessions.loop(lcore).counters();
    for (const SignalKind kind : {SignalKind::kSip, SignalKind::kSipSegment})
      reading.sip_heard += loop.messages[static_cast<size_t>(kind)].get();
    reading.rules_over += loop.rules_over.get();
    const sip::CallDesk* const calls = sessions.calls(lcore);
    if (calls == nullptr) continue;
    reading.sip_awaited = true;
    reading.targets_over += calls->counters().calls_over.get();
    reading.calls_full += calls->tracker().counters().no_room.get();
    reading.calls_pushed_out += calls->counters().unanswered_over.get() + calls->counters().exchanges_evicted.get();
  }
  return reading;
}

v1::SessionStatistics read_session_statistics(const SessionLcores& sessions, std::span<RxAccount* const> rx) {
  v1::SessionStatistics statistics;
  Counts counts(statistics);
  for (const RxAccount* account : rx) {
    counts.add("signals_taken", account->signals.taken);
    counts.add("signals_lost", account->signals.lost);
    counts.add("signals_fragments", account->signals.fragments);
    counts.add("signals_cut", account->signals.cut);
  }
  if (sessions.snapshots() != nullptr) {
    counts.add("snapshots_written", sessions.snapshots()->written);
    counts.add("snapshots_failed", sessions.snapshots()->failed);
    counts.add("snapshots_lost", sessions.snapshots()->lost);
  }
  for (size_t lcore = 0; lcore < sessions.size(); ++lcore) {
    const SessionLoopCounters& loop = sessions.loop(lcore).counters();
    counts.add_reasons("messages", kKindNames, loop.messages);
    counts.add("messages_without_tracker", loop.without_tracker);
    counts.add("messages_elsewhere", loop.elsewhere);
    counts.add("messages_wrong_sums", loop.wrong_sums);
    counts.add("tables", loop.tables);
    counts.add("rules_over", loop.rules_over);
    add_assembly(sessions.assembly(lcore).counters(), counts);
    add_book(sessions.book(lcore).counters(), counts);
    add_desk(sessions.desk(lcore).counters(), counts);
    add_trackers(sessions.trackers(lcore), counts);
    if (const sip::CallDesk* const calls = sessions.calls(lcore); calls != nullptr) {
      add_calls(*calls, counts);
      add_streams(calls->streams().counters(), counts);
    }
  }
  return statistics;
}

}  // namespace lictor
