// The model's time, its people and networks, and the tap through which a desk hears them: what passes it is lost, read
// twice, or read some milliseconds later than what passed behind it. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/calls/audit.h"
#include "tests/simulation/calls/people.h"

namespace lictor::simulation {

struct CallFaults {
  double lost = 0;
  double repeated = 0;
  int64_t jitter_ms = 0;
};

// One message on one hop.
struct PassingMessage {
  CallRecord* call = nullptr;
  Meaning meaning;
  std::set<uint32_t> named;
  std::string text;
  IpPrefix source;
  IpPrefix destination;
  uint16_t source_set = 0;
};

class World {
 public:
  World(const CallFaults& faults, uint64_t seed);

  // Runs what was planned until nothing is left, with the desk's clock.
  void run();
  // Nobody does anything any more, and everything comes to its end by itself.
  void run_out();

  void after_ms(int64_t ms, std::function<void()> what) {
    events_.emplace(now_.unix_ns + ms * kMillisecond, std::move(what));
  }
  void carry(PassingMessage message);
  void see(const Audit::Packet& packet) { audit_.see(packet, now_); }

  // Ports of who describes them, in a call.
  void occupy(CallRecord& call, const MediaEnd& described);
  // And some time later what comes there, if it is nobody's any more, is nobody's.
  void vacate(CallRecord& call, const MediaEnd& described, const MediaEnd& on_wire);

  [[nodiscard]] Chance& chance() { return chance_; }
  [[nodiscard]] Audit& audit() { return audit_; }
  [[nodiscard]] std::vector<Network>& networks() { return networks_; }
  [[nodiscard]] PacketTime now() const { return now_; }
  [[nodiscard]] uint64_t next_number() { return ++numbers_; }
  [[nodiscard]] const sip::CallDesk& desk() const { return *desk_; }

 private:
  void read(const std::shared_ptr<const PassingMessage>& message, PacketTime passed,
            const std::shared_ptr<bool>& was_read);
  void add_network(uint16_t source_set);
  std::vector<WatchedPeople> make_people();

  const CallFaults faults_;
  Chance chance_;
  PacketTime now_{1'700'000'000 * kNanosecondsPerSecond};
  PacketTime ticked_;
  uint64_t numbers_ = 0;
  uint64_t shown_call_ = 0;  // whose messages are printed; 0: nobody's
  std::multimap<int64_t, std::function<void()>> events_;
  std::vector<std::unique_ptr<MediaHost>> hosts_;
  std::vector<Network> networks_;
  std::multiset<MediaEnd> occupied_;
  Audit audit_;
  std::unique_ptr<sip::CallDesk> desk_;
};

}  // namespace lictor::simulation
