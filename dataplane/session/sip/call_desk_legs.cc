// How long a task follows a call, and which calls belong together: legs of one communication, whose messages and media
// have one CIN; calls in progress when a task began to ask; and by which clocks it is known that media flow. Of the
// CallDesk; one session lcore.
#include <algorithm>
#include <utility>

#include "dataplane/base/octet_text.h"
#include "dataplane/session/sip/address_list.h"
#include "dataplane/session/sip/call_desk.h"

namespace lictor::sip {
namespace {

// Legs of one communication.
constexpr size_t kLegsMax = 16;
// Calls that are looked at in one round behind a change of tasks: a millisecond of the lcore. The default of calls_max
// takes 32 rounds.
constexpr uint32_t kLookedAtPerRound = 512;

enum class LegKey : uint64_t { kChargingVector = 1, kSessionId, kOrigin };

uint64_t leg_key(const HashKey& key, LegKey kind, uint16_t source_set, Bytes text) {
  const std::array<uint64_t, 2> words = {static_cast<uint64_t>(kind), source_set};
  return sip_hash(key, words, text).low;
}

// Of who has no identifier yet (RFC 7989 section 5).
bool is_nil(Bytes session_id) {
  return session_id.empty() || std::ranges::all_of(session_id, [](uint8_t octet) { return octet == '0'; });
}

}  // namespace

// The number was another call's before.
void CallDesk::begin(const CallEvent& event) noexcept {
  for_each_of(event.call, [&](auto at) { forget(at); });
  leave(event.call);
  if (background_) {
    Background& kept = (*background_)[static_cast<uint32_t>(event.call)];
    kept.identities.clear();
    kept.began = event.began;
    kept.source_set = event.source_set;
    kept.port = record_->header.port;
    kept.ipv6 = record_->header.ipv6;
    kept.source = record_->header.source.address;
    kept.destination = record_->header.destination.address;
  }
  keep_keys(event);
  join(event.call, event);
  note_replaced(event);
}

// Who goes on instead of the target, or of its party, as somebody was asked to (RFC 3891).
void CallDesk::note_replaced(const CallEvent& event) noexcept {
  Bytes rest = message_.field(Header::kReplaces);
  const Bytes call_id = trimmed(take_until(rest, ';'));
  if (call_id.empty()) return;
  const CallId replaced = tracker_->find_open(event.source_set, call_id);
  if (replaced == kNoCall || replaced == event.call) return;
  const std::optional<Bytes> to = find_param(rest, "to-tag");
  const std::optional<Bytes> from = find_param(rest, "from-tag");
  if (!to || !from || !tracker_->has_dialog(replaced, *from, *to)) return;
  bool is_ordered = false;
  for_each_of(replaced, [&](auto at) {
    const WatchedTask* const task = office_.watched(at->first.second);
    is_ordered |= task != nullptr && task->redirected_calls;
  });
  if (is_ordered) replaced_.insert_or_assign(event.call, std::pair(replaced, tracker_->key(replaced)));
}

// Once somebody has taken it: who would replace somebody's call, and knows its tags, has not yet.
void CallDesk::take_replaced(const CallEvent& event) noexcept {
  const auto noted = replaced_.find(event.call);
  if (noted == replaced_.end() || !tracker_->is_surely_answered(event.call)) return;
  const auto [replaced, key] = noted->second;
  replaced_.erase(noted);
  if (!(tracker_->key(replaced) == key)) return;
  for_each_of(replaced, [&](auto at) {
    const TaskSlot slot = at->first.second;
    if (const WatchedTask* const task = office_.watched(slot); task != nullptr && task->redirected_calls)
      take_leg({event.call, slot}, at->second, event);
  });
}

void CallDesk::leave(CallId call) noexcept {
  legs_.remove(call);
  replaced_.erase(call);
  if (background_) (*background_)[static_cast<uint32_t>(call)].identities.clear();
}

// What the message says of its parties, for tasks that come later.
void CallDesk::keep(const CallEvent& event) noexcept {
  if (!background_) return;
  KeptIdentities& kept = (*background_)[static_cast<uint32_t>(event.call)].identities;
  bool has_room = true;
  for (const FoundIdentity& found : found_.all.all())
    if (!is_callers_word(found.role, event))
      has_room &= kept.keep(found, side_of_call(side_in(message_, found.role), event));
  if (registered_ != nullptr && !is_callers_word(IdentityRole::kRequestUri, event)) {
    registered_->read(CallSide::kCalled, others_);
    for (const FoundIdentity& found : others_.all.all())
      has_room &= kept.keep(found, side_of_call(CallSide::kCalled, event));
  }
  if (!has_room) counters_.identities_over.add(1);
}

// What nodes in between pass on. Anybody's is kept, and joins calls where a message of the operator's own node has it.
void CallDesk::keep_keys(const CallEvent& event) noexcept {
  const LegKeys& counts = plan_.sets[event.source_set].legs;
  const auto put = [&](LegKey kind, Bytes text) {
    legs_.put(event.call, leg_key(plan_.tracker.key, kind, event.source_set, text));
  };
  if (counts.charging_vector && is_trusted_) {
    const std::optional<Bytes> icid = find_param(message_.field(Header::kChargingVector), "icid-value");
    if (icid && !icid->empty()) put(LegKey::kChargingVector, *icid);
  }
  if (counts.session_id) {
    Bytes rest = message_.field(Header::kSessionId);
    const Bytes id = trimmed(take_until(rest, ';'));
    if (!is_nil(id)) put(LegKey::kSessionId, id);
  }
  if (const std::optional<SdpOrigin> origin = read_origin(event.origin); counts.sdp_origin && origin) {
    std::vector<uint8_t> text;
    for (const Bytes part : {origin->user, origin->session_id, origin->address}) {
      text.insert(text.end(), part.begin(), part.end());
      text.push_back(' ');
    }
    put(LegKey::kOrigin, text);
  }
}

// Tasks of each leg have the others, too.
void CallDesk::join(CallId call, const CallEvent& event) noexcept {
  if (!is_trusted_) return;
  std::vector<CallId> others;
  legs_.for_each_other(call, [&](CallId other) {
    if (std::ranges::find(others, other) == others.end() && others.size() < kLegsMax) others.push_back(other);
  });
  for (const CallId other : others) {
    for_each_of(other, [&](auto at) { take_leg({call, at->first.second}, at->second, event); });
    for_each_of(call, [&](auto at) { take_leg({other, at->first.second}, at->second, event); });
  }
}

// The call is a leg of what `other` is one of.
void CallDesk::take_leg(const CallKey& key, const Followed& other, const CallEvent& event) noexcept {
  if (other.has_ended || followed_.contains(key)) return;
  if (communications_[{key.second, other.cin}].open.size() >= kLegsMax || followed_.size() >= plan_.followed_max)
    return counters_.legs_over.add(1);
  Followed& leg = emplace(key, {.cin = other.cin,
                                .name = other.name,
                                .side = other.side,
                                .began = other.began,
                                .source = other.source,
                                .destination = other.destination,
                                .source_set = event.source_set,
                                .session = other.session});
  counters_.joined.add(1);
  if (key.first == event.call) return;  // its message tells of it
  leg.is_new = false;
  news_due_.push_back(key);
  take_media(key, leg, tracker_->media(key.first));
}

// Whether the target has asked its party on this leg to go on with somebody else: behind its end what is left is no
// call of the target's any more.
bool CallDesk::leaves_others(const CallKey& key, const Followed& followed) const noexcept {
  const WatchedTask* const task = office_.watched(key.second);
  return followed.refers && (task == nullptr || !task->redirected_calls);
}

// The target's leg takes the others with it where it has left them to themselves.
void CallDesk::end_leg(const CallKey& key, Followed& followed, PacketTime now) noexcept {
  Communication& whole = communications_[{key.second, followed.cin}];
  const auto end = [&](const CallKey& one, Followed& leg) {
    unbind_later(one, leg, now);
    std::erase(whole.open, one.first);
    leg.has_ended = true;
    leg.forget_at = {now.unix_ns + plan_.remembered_ns};
  };
  end(key, followed);
  if (leaves_others(key, followed)) {
    for (const CallId other : std::vector(whole.open)) {
      const CallKey one{other, key.second};
      end(one, followed_.at(one));
    }
  }
  if (whole.open.empty()) no_longer_unanswered(key.second, whole);
}

void CallDesk::forget(Calls::iterator at) noexcept {
  const auto& [key, followed] = *at;
  unbind_all(key, at->second);
  const auto whole = communications_.find({key.second, followed.cin});
  std::erase(whole->second.open, key.first);
  if (whole->second.open.empty()) no_longer_unanswered(key.second, whole->second);
  if (--whole->second.legs == 0) communications_.erase(whole);
  if (followed.clock != 0) clocks_.push_back(followed.clock);
  followed_.erase(at);
}

// What is said of them still is nobody's then. Once between sweeps: it looks at everything.
void CallDesk::forget_ended() noexcept {
  if (std::exchange(has_forgotten_, true)) return;
  for (auto at = followed_.begin(); at != followed_.end();) {
    const auto here = at++;
    if (is_forgettable(here->first, here->second)) forget(here);
  }
}

// Of an ended one whose call goes on without the target it stays known that its task has left it.
bool CallDesk::is_forgettable(const CallKey& key, const Followed& followed) const noexcept {
  return followed.has_ended && (followed.is_pushed_out || !tracker_->is_open(key.first));
}

// Where the encoder notes when a call's media were taken last (CallPart::clock). 0: there is none, and nobody knows
// whether they flow.
uint32_t CallDesk::take_clock(TaskSlot slot) noexcept {
  if (clocks_.empty()) clocks_.push_back(++clocks_taken_);
  std::atomic<int64_t>* const clock = office_.media_clock(slot, clocks_.back());
  if (clock == nullptr) return 0;
  clock->store(0, std::memory_order_relaxed);
  const uint32_t number = clocks_.back();
  clocks_.pop_back();
  return number;
}

// A part of what is followed: all of it well within half a minute.
void CallDesk::look_at_clocks() noexcept {
  constexpr size_t kClocksPerRound = 32;
  auto at = clock_looked_at_ ? followed_.upper_bound(*clock_looked_at_) : followed_.begin();
  for (size_t i = 0; i < kClocksPerRound; ++i, ++at) {
    if (at == followed_.end()) {
      clock_looked_at_.reset();
      return;
    }
    clock_looked_at_ = at->first;
    const std::atomic<int64_t>* const clock = office_.media_clock(at->first.second, at->second.clock);
    if (clock == nullptr || at->second.has_ended) continue;
    tracker_->media_seen(at->first.first, {clock->load(std::memory_order_relaxed)});
  }
}

// Of all its legs that go on, each once.
std::span<const SessionAddress> CallDesk::media_of_all(const CallKey& key, const Followed& followed) noexcept {
  const std::vector<CallId>& open = communications_[{key.second, followed.cin}].open;
  if (open.empty()) return {};
  if (open.size() == 1 && open[0] == key.first) return followed.media;
  addresses_.clear();
  for (const CallId leg : open) {
    for (const SessionAddress& address : followed_.at({leg, key.second}).media) {
      if (std::ranges::find(addresses_, address) != addresses_.end()) continue;
      if (addresses_.size() == kReportAddressesMax) {
        counters_.endpoints_over.add(1);
        return addresses_;
      }
      addresses_.push_back(address);
    }
  }
  return addresses_;
}

// Of all its legs that go on. While one of them has an offer that nobody answered, or no description at all, its media
// may come from anywhere.
CallDescriptions CallDesk::described_of_all(const CallKey& key, const Followed& followed) const noexcept {
  CallDescriptions described{.narrow = plan_.sets[followed.source_set].latching};
  const auto whole = communications_.find({key.second, followed.cin});
  if (whole == communications_.end()) return described;
  for (const CallId leg : whole->second.open) {
    const CallMediaView media = tracker_->media(leg);
    described.types.add(media.described.types);
    described.count += media.described.count;
    described.narrow =
        described.narrow && media.described.count > 0 && std::ranges::none_of(media.owners, &MediaOwner::offered);
  }
  return described;
}

// Who was in a call when a task began to ask: a part of the calls, so that all that were kept at the time of the change
// are looked at within calls_max / kLookedAtPerRound rounds.
void CallDesk::find_in_progress(PacketTime now) noexcept {
  for (uint32_t i = 0; i < kLookedAtPerRound && to_look_at_ > 0; ++i) {
    --to_look_at_;
    const Background& kept = (*background_)[to_look_at_];
    if (!kept.identities.empty() && asks_anything()) follow_in_progress(CallId{to_look_at_}, kept, now);
  }
}

void CallDesk::follow_in_progress(CallId call, const Background& kept, PacketTime now) noexcept {
  const CallMediaView media = tracker_->media(call);
  CallEvent event{.kind = CallEventKind::kContinue,
                  .call = call,
                  .source_set = kept.source_set,
                  .received = now,
                  .began = kept.began,
                  .media = media,
                  .from = media.caller};
  matches_.clear();
  for (const CallSide side : {CallSide::kCalled, CallSide::kCalling, CallSide::kDiverting}) {
    kept.identities.read(side, found_);
    add_matches(found_, plan_.sets[kept.source_set], kept.port, side);
  }
  for (const Match& match : std::exchange(matches_, {})) {
    Followed* const followed = follow(event, match);
    if (followed == nullptr) continue;
    counters_.in_progress.add(1);
    followed->source = host_of(kept.ipv6, kept.source);
    followed->destination = host_of(kept.ipv6, kept.destination);
    tell_active({call, match.slot}, *followed, now);
  }
}

// A call that the agency is told of for the first time, and that no message tells.
void CallDesk::tell_active(const CallKey& key, Followed& followed, PacketTime now) noexcept {
  take_media(key, followed, tracker_->media(key.first));
  followed.is_new = false;
  communications_[{key.second, followed.cin}].is_told = true;
  news_due_.push_back(key);
  const CallPart part{.step = CallStep::kBegin,
                      .source = followed.source,
                      .destination = followed.destination,
                      .clock = followed.clock,
                      .described = described_of_all(key, followed)};
  write({.kind = SessionReport::Kind::kActive,
         .event = AccessEvent::kUpdate,
         .source = SessionSource::kSip,
         .slot = key.second,
         .cin = followed.cin,
         .received = now,
         .effective = now,
         .started = followed.began,
         .addresses = media_of_all(key, followed),
         .call = part},
        key.first);
}

}  // namespace lictor::sip
