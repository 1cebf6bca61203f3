// Subscribers of two access servers whose accounting goes to one RADIUS server, at times by way of a proxy, and at
// times minutes late. One thread.
#pragma once

#include "dataplane/session/radius/tracker.h"
#include "tests/simulation/simulated_network.h"
#include "tests/unit/dataplane/session/radius/message_octets.h"

namespace lictor::simulation {

class SimulatedRadius {
 public:
  static constexpr uint16_t kSourceSet = 0;
  static constexpr IdentityKind kNamedBy = IdentityKind::kRadiusUser;
  static constexpr size_t kSubscribers = 60;

  explicit SimulatedRadius(World& world) : world_(world), lines_(kSubscribers) {
    for (Line& line : lines_) line.next = world.in_ms(world.between(0, 60'000));
  }

  static radius::TrackerPlan plan() {
    const radius::SecretPointer secret = *radius::SharedSecret::make(as_bytes(kSecret));
    radius::TrackerPlan plan;
    plan.peers = {{.source_set = kSourceSet,
                   .servers = {*IpPrefix::parse("198.51.100.1"), *IpPrefix::parse("192.0.2.129")},
                   .clients = {{*IpPrefix::parse("192.0.2.0/25"), secret}, {*IpPrefix::parse("192.0.2.129"), secret}}}};
    plan.starts_remembered = plan.interims_remembered = plan.contents_remembered = plan.ends_remembered = 1U << 16;
    plan.pending_max = 64;
    plan.nas_max = 16;
    plan.unheard_s_max = kUnheardSeconds;
    return plan;
  }

  void step() {
    for (Nas& nas : nases_) change_way(nas);
    for (size_t i = 0; i < lines_.size(); ++i)
      if (lines_[i].next <= world_.now) act(i);
    if (world_.one_in(6000)) restart(static_cast<uint8_t>(world_.between(1, 2)));
  }
  // Every address that anybody may have.
  [[nodiscard]] std::vector<std::string> addresses() const {
    std::vector<std::string> all;
    for (uint8_t last = 1; last <= pool_.count(); ++last) all.push_back(ipv4_text(octets(last)));
    return all;
  }

 private:
  static constexpr std::string_view kSecret = "a secret";
  static constexpr int64_t kUnheardSeconds = 900;
  static constexpr int64_t kIntervalSeconds = 30;
  // RadiusTracker waits for three intervals, and a minute of grace.
  static constexpr int64_t kSilenceSeconds = 3 * kIntervalSeconds + 60;
  static constexpr uint8_t kServer = 0;
  static constexpr uint8_t kProxy = 129;

  enum class Next : uint8_t { kStart, kInterim, kStop };
  struct Line {
    PacketTime next;
    Next what = Next::kStart;
    std::string session;
    uint8_t nas = 1;
    uint8_t address = 0;
    int64_t interims = 0;
    PacketTime begun;
  };
  // What an access server has to say.
  struct Told {
    PacketTime when;
    uint8_t status = 0;
    size_t line = 0;
    std::string session;
    uint8_t address = 0;
    int64_t seconds = 0;  // of the session
  };
  struct Nas {
    PacketTime next_change;
    bool is_cut_off = false;
    std::vector<Told> kept;
  };

  // The first half of the lines tells how often it is heard of.
  static bool has_interval(size_t line) { return line < kSubscribers / 2; }

  void act(size_t i) {
    Line& line = lines_[i];
    switch (line.what) {
      case Next::kStart:
        line.next = world_.in_ms(world_.between(10'000, 60'000));
        line.address = pool_.take(world_.now);
        if (line.address == 0) return;
        line.nas = static_cast<uint8_t>(1 + i % 2);
        line.session = "radius-" + std::to_string(++sessions_);
        line.begun = world_.now;
        line.interims = has_interval(i) ? world_.between(0, 8) : world_.between(0, 1);
        line.what = line.interims > 0 ? Next::kInterim : Next::kStop;
        if (has_interval(i)) line.next = world_.in_ms(kIntervalSeconds * 1000);
        return tell(i, 1);
      case Next::kInterim:
        line.next = world_.in_ms(has_interval(i) ? kIntervalSeconds * 1000 : world_.between(10'000, 60'000));
        if (--line.interims == 0) line.what = Next::kStop;
        return tell(i, 3);
      case Next::kStop:
        line.next = world_.in_ms(world_.between(1'000, 60'000));
        line.what = Next::kStart;
        tell(i, 2);
        return free(line);
    }
  }

  // Who says when something was says it in whole seconds: nothing changes hands within a few, where that matters.
  void free(const Line& line) {
    pool_.give_back(line.address, world_.tap.faults().keeps_back ? world_.in_ms(6'000) : world_.now);
  }

  // Start, Stop or Interim, by their numbers.
  void tell(size_t i, uint8_t status) {
    const Line& line = lines_[i];
    Nas& nas = nases_[line.nas - 1];
    const int64_t seconds = (world_.now.unix_ns - line.begun.unix_ns) / kNanosecondsPerSecond;
    nas.kept.push_back({world_.now, status, i, line.session, line.address, seconds});
    if (!nas.is_cut_off) flush(nas);
  }

  void change_way(Nas& nas) {
    if (!world_.tap.faults().keeps_back || world_.now < nas.next_change) return;
    if (nas.next_change.unix_ns != 0) nas.is_cut_off = !nas.is_cut_off;
    nas.next_change = world_.in_ms(nas.is_cut_off ? world_.between(10'000, 180'000) : world_.between(60'000, 400'000));
    if (!nas.is_cut_off) flush(nas);
  }

  void flush(Nas& nas) {
    int64_t in_ms = 0;
    for (const Told& told : nas.kept) send_told(told, in_ms++);
    nas.kept.clear();
  }

  // The first access server says how long it has waited, the second when it was. Some goes by way of the proxy, and
  // some is sent once more after five seconds; it is one message all the same.
  void send_told(const Told& told, int64_t in_ms) {
    const auto nas = static_cast<uint8_t>(1 + told.line % 2);
    const int64_t waited_s = (world_.in_ms(in_ms).unix_ns - told.when.unix_ns) / kNanosecondsPerSecond;
    const bool proxied = world_.one_in(3);
    const Octets attributes = attributes_of(told, nas, waited_s);
    const auto heard = std::make_shared<bool>(false);
    send(nas, proxied ? kProxy : kServer, attributes, in_ms, effect_of(told, nas, in_ms, heard));
    if (proxied) send(kProxy, kServer, attributes, in_ms + 5, effect_of(told, nas, in_ms + 5, heard));
    if (!world_.one_in(4)) return;
    const Octets again = attributes_of(told, nas, waited_s + 5);
    send(nas, kServer, again, in_ms + 5'000, effect_of(told, nas, in_ms + 5'000, heard));
  }

  Octets attributes_of(const Told& told, uint8_t nas, int64_t waited_s) const {
    Octets attributes =
        radius::join({radius::attribute(40, radius::number(told.status)), radius::attribute(44, told.session),
                      radius::attribute(1, name_of(told.line)), radius::attribute(4, {192, 0, 2, nas}),
                      radius::attribute(8, octets(told.address))});
    if (told.status != 1)
      append(attributes, radius::attribute(46, radius::number(static_cast<uint32_t>(told.seconds))));
    if (has_interval(told.line)) append(attributes, radius::attribute(85, radius::number(kIntervalSeconds)));
    if (nas == 1 && waited_s > 0)
      append(attributes, radius::attribute(41, radius::number(static_cast<uint32_t>(waited_s))));
    if (nas == 2)
      append(attributes,
             radius::attribute(55, radius::number(static_cast<uint32_t>(told.when.unix_ns / kNanosecondsPerSecond))));
    return attributes;
  }

  // What it tells to whoever hears it in so many milliseconds, unless it was heard before.
  SimulatedTap::Effect effect_of(const Told& told, int nas, int64_t in_ms, const std::shared_ptr<bool>& heard) {
    const int64_t silence_s = has_interval(told.line) ? kSilenceSeconds : kUnheardSeconds;
    const PacketTime until{world_.in_ms(in_ms).unix_ns + silence_s * kNanosecondsPerSecond};
    return [this, told, nas, until, heard] {
      if (std::exchange(*heard, true)) return;
      if (told.status == 2) return world_.reference.end_for_good(told.session);
      world_.reference.bind(
          ipv4_text(octets(told.address)),
          {.session = told.session, .name = name_of(told.line), .since = told.when, .until = until, .group = nas});
    };
  }

  // An access server forgets its sessions, also what it had to say of them, and says so; those who were there come
  // again.
  void restart(uint8_t number) {
    nases_[number - 1].kept.clear();
    for (Line& line : lines_) {
      if (line.what == Next::kStart || line.nas != number) continue;
      line.what = Next::kStart;
      line.next = world_.in_ms(world_.between(5'000, 60'000));
      free(line);
    }
    const Octets attributes = radius::join(
        {radius::attribute(40, radius::number(7)), radius::attribute(44, "boot"),
         radius::attribute(4, {192, 0, 2, number}),
         radius::attribute(55, radius::number(static_cast<uint32_t>(world_.now.unix_ns / kNanosecondsPerSecond)))});
    send(number, kServer, attributes, 0,
         [this, number, when = world_.now] { world_.reference.end_group(number, when); });
  }

  void send(uint8_t from, uint8_t to, const Octets& attributes, int64_t in_ms, SimulatedTap::Effect effect) {
    SignalRecordHeader header{.arrival = world_.in_ms(in_ms), .kind = SignalKind::kRadius, .source_set = kSourceSet};
    header.source = end_of(from);
    header.destination = end_of(to);
    world_.tap.carry(header, radius::signed_request(radius::message(4, ++id_, attributes), kSecret), std::move(effect));
  }

  // 192.0.2.x, but for the server.
  static SignalEnd end_of(uint8_t which) {
    SignalEnd end{.port = which == kServer || which == kProxy ? uint16_t{1813} : uint16_t{40'000}};
    const Octets address = which == kServer ? Octets{198, 51, 100, 1} : Octets{192, 0, 2, which};
    std::copy(address.begin(), address.end(), end.address.begin());
    return end;
  }
  static std::string name_of(size_t line) { return "user" + std::to_string(line) + "@example.org"; }
  static Octets octets(uint8_t last) { return {203, 0, 113, last}; }

  World& world_;
  std::vector<Line> lines_;
  std::array<Nas, 2> nases_;
  AddressPool pool_{45};
  uint64_t sessions_ = 0;
  uint8_t id_ = 0;
};

}  // namespace lictor::simulation
