// What a tap can know of one call, from the messages of it that it has read: a few rules (RFC 3261, RFC 3264, and
// README.md of dataplane/session/sip), told what each message means by who wrote it. Reads no octets and shares no code
// with the product. One thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "dataplane/base/clock.h"
#include "tests/simulation/calls/people.h"

namespace lictor::simulation {

// Parties of a call: 0 calls, the others are called; one of no tag yet is nobody.
constexpr int kCaller = 0;
constexpr int kNobody = -1;

// Behind which an answered call is over.
constexpr int64_t kSilenceSeconds = 600;

// One message on one hop, as its writer means it.
struct Meaning {
  enum class Kind {
    kInvite,
    kProvisional,  // behind 100
    kTaken,        // 2xx of an INVITE
    kRefused,      // other final answers of it
    kBye,
    kByeTaken,
    kChangeTaken,    // 2xx of an UPDATE
    kChangeRefused,  // another final answer of one
    kWithin,         // another request of a dialog, and its answers
    kOther,
  };
  Kind kind = Kind::kOther;
  bool is_request = false;
  bool is_tried_again = false;  // a refusal behind which the caller may come again
  int from = kCaller;           // whose request it is, or is answered
  int to = kNobody;
  uint64_t branch = 0;
  uint64_t hop = 0;  // the same between the same two nodes, on the same side of a proxy
  bool offers = false;
  std::optional<std::vector<MediaEnd>> describes;

  [[nodiscard]] int sender() const { return is_request ? from : to; }
};

class TapView {
 public:
  enum class Step { kNoCall, kBegin, kContinue, kEnd, kLater };

  // `again`: it was read before.
  Step hear(const Meaning& meaning, bool again, PacketTime now);
  void end_by_time() { end(); }

  // Whether what was heard is its INVITE, or within one of its dialogs: who else has its Call-ID is no part of it.
  [[nodiscard]] bool is_part(const Meaning& meaning) const;
  // Who called first is not known: whom either side's messages go to may be anybody's word.
  [[nodiscard]] bool is_in_midst() const { return is_in_midst_; }
  [[nodiscard]] bool is_known() const { return is_known_; }
  [[nodiscard]] bool is_open() const { return is_known_ && !is_over_; }
  // Of an open one: whether a BYE, a challenge or an INVITE has waited so long for what follows.
  [[nodiscard]] bool may_end_by_time(PacketTime now) const;
  [[nodiscard]] bool waits_for_bye() const { return !byes_.empty(); }
  // Where the parties' media may go from now on, as far as it was read.
  [[nodiscard]] bool knows(const MediaEnd& end) const;
  [[nodiscard]] size_t ends() const;
  [[nodiscard]] bool was_described(const MediaEnd& end) const { return described_.contains(end); }

 private:
  struct Speaker {
    int from = kCaller;
    uint64_t hop = 0;
    int to = kNobody;
    friend auto operator<=>(const Speaker&, const Speaker&) = default;
  };
  struct Media {
    std::vector<MediaEnd> ends;
    std::optional<uint64_t> opened_by;  // the branch of the INVITE that described it, until another one does
  };
  // By the branch of its request: each fork is told where to send.
  struct Offer {
    int from = kCaller;
    uint64_t hop = 0;
    int to = kNobody;  // nobody: it opens a dialog
    uint64_t branch = 0;
    std::vector<MediaEnd> ends;
  };

  [[nodiscard]] bool has_confirmed() const;
  [[nodiscard]] bool has_open_branch() const;
  static int called_of(const Meaning& meaning) { return meaning.from == kCaller ? meaning.to : meaning.from; }
  // Of a request that was heard.
  [[nodiscard]] bool is_answer(const Meaning& meaning) const { return asked_.contains(meaning.branch); }
  void take(const Meaning& meaning);
  Step refuse(const Meaning& meaning);
  Step take_bye(const Meaning& meaning, PacketTime now);
  static bool is_answered_by(const Offer& offer, const Meaning& answer);
  void take_offer(const Meaning& meaning);
  void refuse_offer(const Meaning& meaning);
  void describe(const Meaning& meaning);
  void leave(int party);
  Step end();

  bool is_known_ = false;
  bool is_in_midst_ = false;  // the first that was heard is within a dialog
  bool is_over_ = false;
  bool is_answered_ = false;
  std::optional<PacketTime> retry_since_;
  PacketTime heard_;
  std::map<uint64_t, bool> branches_;  // whether each is open
  std::map<int, bool> dialogs_;        // by whom they are with, whether confirmed
  std::map<int, PacketTime> byes_;     // without an answer
  std::map<Speaker, Media> in_force_;
  std::vector<Offer> offers_;     // by their time
  std::set<MediaEnd> described_;  // ever
  std::set<uint64_t> asked_;      // the branches of requests
  std::set<std::tuple<uint64_t, uint64_t, int, bool>>
      taken_;                    // answers: branch, hop, by whom, whether its request was heard
  std::set<uint64_t> offering_;  // and of INVITEs that describe
  std::map<int, int> awaiting_;  // answers that offer what an ACK answers, one a hop
  std::set<int> gone_;           // who was refused, or whose BYE was answered
};

}  // namespace lictor::simulation
