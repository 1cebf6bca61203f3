// The live sessions of taps' targets, from the dataplane that sees their signalling to every other that holds the same
// tap. In memory alone. It has a mutex of its own, so that news never waits for the store, and holds it for a few map
// operations: any thread. The names of the tap by which a session was found stay here: readers are told none.
//
// To each reader a session is told once for whatever happened to it meanwhile: a reader that is slow costs no memory
// beyond the live sessions, and gets the newest.
#pragma once

#include <compare>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lictor/v1/fleet.pb.h"

namespace lictor::control {

class SessionRelay {
 public:
  static constexpr size_t kSessionsPerTapMax = 4096;
  static constexpr size_t kSessionsMax = size_t{1} << 18;
  static constexpr int kAddressesMax = 64;
  static constexpr int kNamesMax = 10;
  static constexpr size_t kNameBytesMax = 255;

  struct Counts {
    uint64_t taken = 0;  // news from owners
    uint64_t told = 0;   // news to readers
    uint64_t malformed = 0;
    uint64_t strange = 0;  // of a tap that its teller does not hold
    uint64_t refused = 0;  // for want of room: the others are not told of the session
    uint64_t live = 0;
  };

  struct Reading {
    std::string element;
    std::string incarnation;     // a new one holds nothing, and what the former one owned is over
    uint64_t stream = 0;         // never used again
    std::set<std::string> held;  // XIDs, as octets, of the taps that it has
    std::function<void()> wake;  // called, without the mutex, when there is something to tell it
  };
  // The network element's stream begins. What an older one of it says or asks from now on counts for nothing.
  void attach(Reading reading);
  void detach(uint64_t stream);
  // It has its directives, and is told whatever comes by next_live().
  void in_sync(uint64_t stream);
  // It was sent tap and mediation: it is told what is live, and whatever comes.
  void hold(uint64_t stream, const std::string& xid);
  // It was told to withdraw the tap: what it owned of it is over.
  void release(uint64_t stream, const std::string& xid);

  // The tap is nobody's any more: what was live of it is over.
  void end(const std::string& xid);

  // What this stream's dataplane tells. Without xid: it has told all of its sessions since its stream began, or since
  // it last said so, and others of it that were known before are over.
  void take(uint64_t stream, v1::SessionNews news);
  // What it is to be told next; nothing: it has all.
  std::optional<v1::SessionNews> next(uint64_t stream);
  // The same of a stream that is in sync.
  std::optional<v1::SessionNews> next_live(uint64_t stream);

  // Of these taps: copies, ordered by tap, owner and CIN.
  [[nodiscard]] std::vector<v1::SessionNews> sessions_of(const std::set<std::string>& xids) const;
  // The network elements that were told of a session as it is, and are here.
  [[nodiscard]] std::vector<std::string> told_of(const v1::SessionNews& session) const;
  [[nodiscard]] Counts counts() const;

 private:
  struct Key {
    std::string xid;
    std::string owner;
    uint32_t cin = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Live {
    v1::SessionNews news;
    bool told_anew = true;  // since its owner's stream began, or since it last said that these were all
  };
  struct Reader {
    std::string incarnation;
    std::set<std::string> held;
    std::set<Key> due;  // live ones are told as they are, others as over
    std::function<void()> wake;
    uint64_t stream = 0;
    bool attached = false;
    bool in_sync = false;
  };
  using Wakes = std::vector<std::function<void()>>;

  [[nodiscard]] static bool is_well_formed(const v1::SessionNews& news);
  [[nodiscard]] Reader* reader_of(uint64_t stream, std::string* element = nullptr);
  std::optional<v1::SessionNews> next_of(Reader& reader);
  void take_news(const std::string& element, const Reader& reader, v1::SessionNews news, Wakes& wakes);
  void end_untold(const std::string& owner, Wakes& wakes);
  void tell_others(const Key& key, Wakes& wakes);
  void end_where(const std::string& owner, const std::function<bool(const Key&, const Live&)>& is_over, Wakes& wakes);
  // Of one tap; without `owner` whoever owns them.
  void end_of_tap(const std::string& xid, const std::string* owner, Wakes& wakes);
  [[nodiscard]] size_t live_of(const std::string& xid) const;

  mutable std::mutex mutex_;
  std::map<std::string, Reader> readers_;       // by network element
  std::map<uint64_t, std::string> element_of_;  // by stream
  std::map<Key, Live> sessions_;
  Counts counts_;
};

}  // namespace lictor::control
