// A network of all protocols, the trackers that read what a tap lets through, and the reference that they are held
// against. One thread.
#pragma once

#include <gtest/gtest.h>

#include "dataplane/session/session_book.h"
#include "tests/simulation/simulated_dhcp4.h"
#include "tests/simulation/simulated_dhcp6.h"
#include "tests/simulation/simulated_pppoe.h"
#include "tests/simulation/simulated_radius.h"

namespace lictor::simulation {

class IgnoringSink : public SessionSink {
 public:
  void on_event(const SessionEvent& /*event*/) noexcept override {}
};

class Simulation {
 public:
  Simulation(const Faults& faults, uint64_t seed);

  // A minute of the model's time, and then a look at every address.
  void run_minute();
  // Nobody does anything any more, and everything comes to its end by itself.
  void run_out();
  // What was compared in this run is more than nothing, and is what can be known, but for a share.
  void expect_something_compared() const;

  [[nodiscard]] const SimulatedTap& tap() const { return world_.tap; }
  [[nodiscard]] const SessionBook& book() const { return *book_; }
  [[nodiscard]] size_t tracker_bytes() const { return pppoe_.bytes() + dhcp4_.bytes() + dhcp6_.bytes(); }

 private:
  static constexpr int64_t kStepMs = 100;
  static constexpr int64_t kSlackNs = 2 * kNanosecondsPerSecond;

  struct Holder {
    size_t count = 0;
    std::string name;
  };

  void pass(int64_t ms);
  void read(const SignalRecord& record);
  void compare_all();
  template <typename Network>
  void compare(const Network& network);
  void compare(uint16_t source_set, IdentityKind named_by, const std::string& address);
  [[nodiscard]] Holder holder_of(uint16_t source_set, IdentityKind named_by, const std::string& address) const;
  static bool is_named(const Holder& holder, const Reference::Claim& claim);
  [[nodiscard]] bool may_be(const Holder& holder, const Reference::Answer& expected, const std::string& address) const;

  World world_;
  std::unique_ptr<SessionBook> book_;
  std::unique_ptr<radius::RadiusTracker> radius_;
  PppoeTracker pppoe_;
  dhcp4::LeaseTracker dhcp4_;
  dhcp6::LeaseTracker dhcp6_;
  SimulatedRadius radius_network_;
  SimulatedPppoe pppoe_network_;
  SimulatedDhcp4 dhcp4_network_;
  SimulatedDhcp6 dhcp6_network_;
  IgnoringSink sink_;
  std::array<uint64_t, 4> agreed_{};   // addresses that were somebody's, by source set
  std::array<uint64_t, 4> excused_{};  // where nobody may be right (README)
};

}  // namespace lictor::simulation
