// Who has which address, by messages that have got through: of each address whom it was given to last, by the moment in
// which that became true, and what is known to be over. In whatever order it is told, it knows the same. Shares nothing
// with the product. One thread.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>

#include "dataplane/base/clock.h"

namespace lictor::simulation {

// Never, as a moment.
constexpr PacketTime kNever{INT64_MAX};

class Reference {
 public:
  struct Claim {
    std::string session;  // as its protocol knows it: what is told of it later takes the place of what was told before
    std::string name;
    bool name_is_known = true;       // else the message that shows it may have been lost
    bool line_is_known = true;       // else it may be the session that is known at one, and go with that
    bool is_one_of_several = false;  // of its session, which may have had news of another since
    PacketTime since;
    PacketTime until = kNever;
    int group = 0;              // of sessions that end together; 0: none
    bool leaves_others = true;  // whatever its session was given before is its no more
  };
  enum class State : uint8_t {
    kNobody,  // nobody was ever given it
    kHeld,
    kOver,   // ended by a message
    kMoved,  // its session was given another address
    kExpired,
  };
  struct Answer {
    State state = State::kNobody;
    const Claim* claim = nullptr;  // of whom it was given to last; null: nobody
  };

  void bind(const std::string& address, const Claim& claim) {
    const auto [found, is_first] = newest_.try_emplace(address, claim);
    if (!is_first && found->second.since <= claim.since) found->second = claim;
    Session& session = sessions_[claim.session];
    if (!claim.leaves_others || claim.since < session.given) return;
    session.given = claim.since;
    session.address = address;
  }
  // Another session is known by this name from then on.
  void begin(const std::string& session, PacketTime when) { put_later(sessions_[session].begun, when); }
  // Whatever it was given up to then.
  void end(const std::string& session, PacketTime when) { put_later(sessions_[session].ended, when); }
  // It does not come again.
  void end_for_good(const std::string& session) { sessions_[session].ended = kNever; }
  void end_group(int group, PacketTime when) { put_later(group_ends_[group], when); }
  // Of one address, whichever session of his it was.
  void give_back(const std::string& name, const std::string& address, PacketTime when) {
    put_later(given_back_[address + " " + name], when);
  }

  [[nodiscard]] Answer find(const std::string& address, PacketTime now) const {
    const auto found = newest_.find(address);
    if (found == newest_.end()) return {};
    return {state_of(found->second, address, now), &found->second};
  }

 private:
  struct Session {
    PacketTime begun{INT64_MIN};
    PacketTime ended{INT64_MIN};
    PacketTime given{INT64_MIN};  // what it was given last, and when
    std::string address;
  };

  static void put_later(PacketTime& known, PacketTime when) { known = std::max(known, when); }

  template <typename Key>
  static bool is_over(const std::map<Key, PacketTime>& ends, const Key& key, PacketTime since) {
    const auto end = ends.find(key);
    return end != ends.end() && since <= end->second;
  }

  [[nodiscard]] State state_of(const Claim& claim, const std::string& address, PacketTime now) const {
    const Session& session = sessions_.at(claim.session);
    const bool has_ended = claim.since <= session.ended || claim.since < session.begun ||
                           is_over(given_back_, address + " " + claim.name, claim.since) ||
                           (claim.group != 0 && is_over(group_ends_, claim.group, claim.since));
    if (has_ended) return State::kOver;
    if (claim.since < session.given && session.address != address) return State::kMoved;
    return claim.until <= now ? State::kExpired : State::kHeld;
  }

  std::unordered_map<std::string, Claim> newest_;  // by address
  std::unordered_map<std::string, Session> sessions_;
  std::map<int, PacketTime> group_ends_;
  std::map<std::string, PacketTime> given_back_;
};

}  // namespace lictor::simulation
