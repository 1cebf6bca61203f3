// Who calls in the model network of calls: people at hosts that many of them share, with ports that the next one has as
// soon as the former gives them back; proxies, and relays of media. One thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/packet/ip_prefix.h"

namespace lictor::simulation {

constexpr int64_t kMillisecond = 1'000'000;

// Where media go to, or come from.
struct MediaEnd {
  IpPrefix host;
  uint16_t port = 0;
  friend auto operator<=>(const MediaEnd&, const MediaEnd&) = default;
};

class Chance {
 public:
  explicit Chance(uint64_t seed) : random_(seed) {}
  int64_t between(int64_t first, int64_t last) {
    return first + static_cast<int64_t>(random_() % static_cast<uint64_t>(last - first + 1));
  }
  bool one_in(int64_t n) { return between(1, n) == 1; }
  bool share(double of_all) { return of_all > 0 && std::uniform_real_distribution<>(0, 1)(random_) < of_all; }

 private:
  std::mt19937_64 random_;
};

// An address that has media: of phones behind one box, a gateway, a relay. What comes back last goes out next.
class MediaHost {
 public:
  // `outside`: what a NAT makes of its address on the way, empty: nothing.
  MediaHost(const std::string& address, const std::string& outside)
      : text_(address),
        described_(*IpPrefix::parse(address)),
        wire_(outside.empty() ? described_ : *IpPrefix::parse(outside)),
        is_translated_(!outside.empty()) {
    for (int port = kLastPort; port >= kFirstPort; port -= 2) free_.push_back(static_cast<uint16_t>(port));
  }
  // An even one; the odd one behind it is RTCP's.
  uint16_t take_port() {
    LICTOR_CHECK(!free_.empty());
    const uint16_t port = free_.back();
    free_.pop_back();
    return port;
  }
  void give_back(uint16_t port) { free_.push_back(port); }

  [[nodiscard]] MediaEnd described(uint16_t port) const { return {described_, port}; }
  [[nodiscard]] MediaEnd on_wire(uint16_t port) const {
    return {wire_, static_cast<uint16_t>(is_translated_ ? port + kTranslation : port)};
  }
  // Where its phones' signalling comes from.
  [[nodiscard]] const IpPrefix& node() const { return wire_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool ipv6() const { return described_.ipv6; }
  [[nodiscard]] bool is_translated() const { return is_translated_; }

 private:
  static constexpr int kFirstPort = 20'000;
  static constexpr int kLastPort = 20'798;
  static constexpr uint16_t kTranslation = 11'000;

  const std::string text_;
  const IpPrefix described_;
  const IpPrefix wire_;
  const bool is_translated_;
  std::vector<uint16_t> free_;
};

struct Person {
  uint32_t number = 0;
  MediaHost* host = nullptr;
  [[nodiscard]] std::string sip() const { return "sip:p" + std::to_string(number) + "@example.org"; }
  [[nodiscard]] std::string user() const { return "p" + std::to_string(number) + "@example.org"; }
  // Without country code; of those that the regulator gives to films.
  [[nodiscard]] std::string digits() const { return "3023125" + std::to_string(100 + number); }
};

// One set of servers, with the people whose calls they make. Two networks may have the same private addresses.
struct Network {
  uint16_t source_set = 0;
  bool from_is_believed = false;  // else who calls shows in what proxies assert alone
  std::vector<MediaHost*> hosts;
  std::vector<MediaHost*> relays;  // of IPv4 and of IPv6
  std::vector<Person> people;
  std::vector<IpPrefix> proxies;  // the same
  uint64_t calls = 0;             // so far: both count from 1, so names of calls are the same, too
};

}  // namespace lictor::simulation
