// Calls, from the messages of whoever calls: their forks, dialogs and ends (RFC 3261), session timers (RFC 4028), and
// the endpoints of their media, told to a CallSink. It knows no task. One session lcore; behind the start it allocates
// for the endpoints alone that are watched in its census.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/base/clock.h"
#include "dataplane/base/counter.h"
#include "dataplane/base/result.h"
#include "dataplane/packet/sip_hash.h"
#include "dataplane/session/private_array.h"
#include "dataplane/session/sip/body.h"
#include "dataplane/session/sip/call_event.h"
#include "dataplane/session/sip/call_media.h"
#include "dataplane/session/sip/sdp.h"

namespace lictor::sip {

// Branches of one INVITE that are followed, and dialogs of one call.
constexpr size_t kCallLegsMax = 12;
constexpr size_t kCallDialogsMax = 12;
// Of a call: an answer that comes once more is one of the last, and brings nothing back.
constexpr size_t kDescriptionsRemembered = 16;
// Of a call, those of INVITE, UPDATE, PRACK and BYE: what answers none of them, or comes from who asked, adds where
// media may go, and takes and ends nothing.
constexpr size_t kRequestsRemembered = 24;
// Of a call: a node in between may call on under its Call-ID, and another tag.
constexpr size_t kCallersMax = 4;
constexpr uint32_t kCallsMax = 1 << 22;
// RTP and RTCP of both parties, and twice of it.
constexpr uint32_t kEndpointsPerCall = 8;
// Ticks in which each call is looked at once.
constexpr size_t kTicksPerSweep = 256;

struct CallTrackerPlan {
  uint32_t calls_max = 1 << 14;  // 1 to kCallsMax; each has 6 KB
  HashKey key;
  int64_t transaction_ns = 32 * kNanosecondsPerSecond;     // 64*T1 (RFC 3261 section 17.1.1.2)
  int64_t proceeding_ns = 240 * kNanosecondsPerSecond;     // timer C (section 16.6) and some
  int64_t silence_ns = 12 * 3600 * kNanosecondsPerSecond;  // a call without any message; 0: for ever
  int64_t remembered_ns = 32 * kNanosecondsPerSecond;      // behind its end, for what is repeated
};

struct CallCounters {
  Counter opened;
  Counter ended;
  Counter reports;           // of no call
  Counter odd;               // without Call-ID, CSeq or tag: of no call, too
  Counter evicted;           // calls that others took the place of
  Counter no_room;           // INVITEs for which there was none: pinned calls alone
  Counter legs_beyond;       // branches and dialogs behind the bounds
  Counter endpoints_beyond;  // endpoints that had no room
};

// Which of a hop's two nodes sends, by an order of its own; nobody knows of nodes that are one.
enum class HopSide : uint8_t { kOne, kFirst, kSecond };

// Where and when a message passed.
struct CallContext {
  PacketTime received;
  uint16_t source_set = 0;  // keys of two sets never meet
  uint32_t hop = 0;         // the same for all messages between its two nodes, whichever sends
  HopSide sender = HopSide::kOne;
  bool is_wanted = false;  // a task asks for its call: another one's that nobody answered may make room
  // A task that follows the open call of its Call-ID asks for whom it names: under other tags it is a leg of that call,
  // and else somebody's who has the same Call-ID.
  bool is_of_followed = false;
};

class CallTracker {
 public:
  // InvalidArgument where a bound is not within its own, ResourceExhausted where the kernel has not so much memory.
  static Result<std::unique_ptr<CallTracker>> make(const CallTrackerPlan& plan);

  // `message` is whole, or its head is. Costs no more than its octets and the bounds above.
  void on_message(const Message& message, const CallContext& context, CallSink& sink) noexcept;
  // Every few milliseconds, by the packets' clock, which may step back: a part of the calls, all of them within
  // kTicksPerSweep ticks.
  void on_tick(PacketTime now, CallSink& sink) noexcept;

  // Calls are named from their begin to their end alone: behind it a CallId may be another call's.
  // Of a call that a task asks for: it goes for no stranger's sake, and once it was surely answered for nobody's.
  // `hears_media`: media_seen() will tell of its media; where nobody does, no session timer ends it.
  void pin(CallId call, bool hears_media) noexcept;
  // By whoever sees its media, twice in `transaction_ns` at least while they flow: no session timer, nor silence, ends
  // it so long.
  void media_seen(CallId call, PacketTime now) noexcept;
  // By whoever sees its media, and by the operator. Nothing where it has ended.
  void end_call(CallId call, CallEnd why, PacketTime now, CallSink& sink) noexcept;

  // Of all calls' endpoints that are in force or offered; in the mean there is room for kEndpointsPerCall of each.
  [[nodiscard]] EndpointCensus& census() { return *census_; }
  [[nodiscard]] const EndpointCensus& census() const { return *census_; }
  // What it is known by: a keyed hash of its set and Call-ID.
  [[nodiscard]] const Hash128& key(CallId call) const { return slots_[static_cast<uint32_t>(call)].key; }
  // The call of that Call-ID that has not ended; kNoCall: there is none.
  [[nodiscard]] CallId find_open(uint16_t source_set, Bytes call_id) noexcept;
  // Somebody took it, once, as far as was said.
  [[nodiscard]] bool is_answered(CallId call) const { return slots_[static_cast<uint32_t>(call)].answered; }
  // The same where it was said to who asked, from the other side of the hop on which the request was heard: whoever
  // calls cannot have written it himself.
  [[nodiscard]] bool is_surely_answered(CallId call) const {
    return slots_[static_cast<uint32_t>(call)].surely_answered;
  }
  // It has not ended.
  [[nodiscard]] bool is_open(CallId call) const { return slots_[static_cast<uint32_t>(call)].state == State::kOpen; }
  // Whether a dialog of it has these two tags, in either order.
  [[nodiscard]] bool has_dialog(CallId call, Bytes one_tag, Bytes other_tag) noexcept;
  // Where its media may go; nothing where it has ended.
  [[nodiscard]] CallMediaView media(CallId call) const { return slots_[static_cast<uint32_t>(call)].media_view(); }

  [[nodiscard]] const CallCounters& counters() const { return counters_; }
  [[nodiscard]] uint32_t calls() const { return calls_; }

 private:
  enum class State : uint8_t { kFree, kOpen, kEnded };
  // The last ones of a kind, by keyed hashes.
  template <size_t kCount>
  class RecentHashes {
   public:
    [[nodiscard]] bool has(uint64_t hash) const noexcept {
      return std::find(hashes_.begin(), hashes_.end(), hash) != hashes_.end();
    }
    void add(uint64_t hash) noexcept {
      hashes_[next_] = hash;
      next_ = static_cast<uint8_t>((next_ + 1) % kCount);
    }
    void clear() noexcept { hashes_.fill(0); }

   private:
    std::array<uint64_t, kCount> hashes_;
    uint8_t next_ = 0;
  };
  struct Leg {
    uint64_t branch = 0;
    bool done = false;
    bool offers = false;  // the INVITE brought a description
  };
  struct Dialog {
    uint32_t party = 0;  // of the called side's tag
    uint32_t other = 0;  // and the one that called it
    bool confirmed = false;
    bool over = false;      // known still, for what is repeated of it, until another needs its place
    uint8_t awaits = 0;     // answers that offer, one a hop, and whose ACKs answer
    int64_t bye_until = 0;  // until when an answer to its BYE may come, as Call has its moments
  };
  struct Call {
    Hash128 key;
    uint32_t next = 0;   // in its bucket, index + 1
    uint32_t older = 0;  // in the list of its age, index + 1
    uint32_t newer = 0;
    uint16_t source_set = 0;
    State state = State::kFree;
    bool pinned = false;
    bool hears_media = false;  // somebody says whether they flow
    bool answered = false;     // once
    bool surely_answered = false;
    bool in_midst = false;      // its first message was within a dialog: who called first is not known
    bool legs_lost = false;     // there was no room for a branch: no refusal is known to be the last
    bool dialogs_lost = false;  // nor for a dialog that was confirmed: no BYE is known to be
    uint8_t legs = 0;
    uint8_t dialogs = 0;
    uint32_t caller = 0;                        // the party that opened it
    std::array<uint32_t, kCallersMax> callers;  // who calls on under other tags; 0: none
    uint64_t assumed = 0;                       // the transaction of the request that its first message answers
    PacketTime began;
    PacketTime heard;
    PacketTime media_seen;
    // Moments in nanoseconds since the epoch; 0: none.
    int64_t retry_until = 0;  // until when another INVITE may follow what asked for it
    int64_t session_until = 0;
    int64_t forget_at = 0;  // of one that has ended
    std::array<Leg, kCallLegsMax> leg;
    std::array<Dialog, kCallDialogsMax> dialog;
    CallMedia media;
    RecentHashes<kDescriptionsRemembered> described_before;  // what each says, and in which request
    RecentHashes<kRequestsRemembered> requests;              // by their transactions, and who would answer
    RecentHashes<kRequestsRemembered> taken;  // answers that take an INVITE: their transactions, and whose
    CallDescriptions described;

    [[nodiscard]] CallMediaView media_view() const {
      return {.endpoints = media.all(), .owners = media.owners(), .caller = caller, .described = described};
    }
    [[nodiscard]] bool has_open_leg() const noexcept;
    [[nodiscard]] bool has_confirmed() const noexcept;
    // Of both parties, in either order; null where it is none of its dialogs.
    [[nodiscard]] Dialog* find_dialog(uint32_t one, uint32_t other) noexcept;
    void end_dialog(Dialog& gone) noexcept;
    void remove_dialog(Dialog& gone) noexcept;
    // The party as its media know it: those that nobody was told of are one, so that invented tags have one list.
    [[nodiscard]] MediaSpeaker speaker(uint32_t party, uint32_t hop, uint32_t peer) const noexcept;
    [[nodiscard]] bool knows(uint32_t party) const noexcept;
    // Whether a message of these tags is none of what it was opened with, or has taken since.
    [[nodiscard]] bool is_foreign(uint32_t from, uint32_t to) const noexcept;
    // `legs` where it is none of its branches.
    [[nodiscard]] size_t find_leg(uint64_t branch) const noexcept;
  };
  // By age; of those that have ended, of those that nobody answered, and of those that were. Pinned ones that were
  // surely answered are in none.
  struct AgeList {
    uint32_t oldest = 0;  // index + 1
    uint32_t newest = 0;
  };
  // A message, and what of it is asked for again and again.
  struct Heard;

  CallTracker(const CallTrackerPlan& plan, PrivateArray<Call> slots, std::unique_ptr<EndpointCensus> census);

  // By what a call is known: a keyed hash of its set and Call-ID.
  [[nodiscard]] Hash128 key_of(uint16_t source_set, Bytes call_id) const noexcept;
  // A keyed hash of a party's tag, by which it is known within a call; 0: it has none.
  [[nodiscard]] uint32_t party_of(Bytes tag) const noexcept;
  [[nodiscard]] bool read_names(Heard& heard) const noexcept;
  void find_or_open(Heard& heard) noexcept;
  [[nodiscard]] bool is_of_open_call(Heard& heard) noexcept;
  void begin(const Heard& heard) noexcept;
  void on_request(Heard& heard) noexcept;
  void on_response(Heard& heard) noexcept;
  void on_invite_taken(Heard& heard) noexcept;
  void on_invite_refused(Heard& heard) noexcept;
  void on_bye_answer(Heard& heard) noexcept;
  void read_descriptions(Heard& heard) noexcept;
  void describe(Heard& heard) noexcept;
  // With who has asked in it.
  [[nodiscard]] uint64_t transaction_of(const Heard& heard, HopSide asking) const noexcept;
  void note_request(const Heard& heard, HopSide asking) noexcept;
  [[nodiscard]] uint64_t request_of(const Heard& heard) const noexcept;
  void read_session_timer(const Heard& heard) noexcept;
  void tell(Heard& heard, CallEventKind kind, CallEnd end = CallEnd::kNone) noexcept;
  void end_silently(uint32_t at, CallEnd why, PacketTime now, CallSink& sink) noexcept;

  Leg* leg_of(Call& call, uint64_t branch, bool& is_new) noexcept;
  Dialog* dialog_of(Call& call, uint32_t from, uint32_t to) noexcept;
  void confirm_dialog(Call& call, uint32_t from, uint32_t to) noexcept;
  void take_answered(uint32_t at, bool is_sure) noexcept;
  void end_unanswered_byes(uint32_t at, PacketTime now, CallSink& sink) noexcept;

  [[nodiscard]] uint32_t& bucket(const Hash128& key) noexcept { return buckets_[key.low % buckets_.size()]; }
  [[nodiscard]] uint32_t find(const Hash128& key) noexcept;
  uint32_t open(const Hash128& key, const CallContext& context, CallSink& sink) noexcept;
  bool make_room(const CallContext& context, CallSink& sink) noexcept;
  void forget(uint32_t at) noexcept;
  void finish(uint32_t at) noexcept;
  // Null: it is in none.
  AgeList* list_of(const Call& call) {
    if (call.state == State::kEnded) return &ended_;
    if (call.pinned) return call.surely_answered ? nullptr : &pinned_;
    return call.answered ? &answered_ : &fleeting_;
  }
  void link(uint32_t at) noexcept;
  void unlink(uint32_t at) noexcept;
  [[nodiscard]] CallEnd due(const Call& call, PacketTime now) const noexcept;

  CallTrackerPlan plan_;
  PrivateArray<Call> slots_;
  std::unique_ptr<EndpointCensus> census_;
  std::vector<uint32_t> buckets_;  // a call's index + 1, of the first in each
  std::vector<uint32_t> free_;
  AgeList ended_;
  AgeList fleeting_;
  AgeList answered_;
  AgeList pinned_;  // that nobody surely answered
  uint32_t calls_ = 0;
  uint32_t swept_ = 0;
  CallCounters counters_;
  BodyDescriptions descriptions_;
  SessionDescription description_;
  MediaEndpoints endpoints_;
};

}  // namespace lictor::sip
