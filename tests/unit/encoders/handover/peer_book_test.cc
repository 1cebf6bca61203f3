// Who is connected to whom, and since when it is left out of what is copied.
#include "encoders/handover/peer_book.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <string>

namespace lictor {
namespace {

constexpr TransportEndpoint kOne{.protocol = 6, .port = 1};
constexpr TransportEndpoint kTwo{.protocol = 6, .port = 2};

SocketAddress address_of(const std::string& host, uint16_t port) {
  SocketAddress address;
  if (host.find(':') == std::string::npos) {
    auto& own = reinterpret_cast<sockaddr_in&>(address.storage);
    own.sin_family = AF_INET;
    own.sin_port = htons(port);
    EXPECT_EQ(inet_pton(AF_INET, host.c_str(), &own.sin_addr), 1);
  } else {
    auto& own = reinterpret_cast<sockaddr_in6&>(address.storage);
    own.sin6_family = AF_INET6;
    own.sin6_port = htons(port);
    EXPECT_EQ(inet_pton(AF_INET6, host.c_str(), &own.sin6_addr), 1);
  }
  return address;
}

TEST(PeerBook, APeerIsInForceWhenItsVersionIs) {
  PeerBook book;
  EXPECT_FALSE(book.changes());
  book.enter(kOne);
  const PeerBook::Changes first = book.changes().value();
  book.enter(kTwo);
  book.put_in_force(first.version);
  EXPECT_TRUE(book.is_in_force(kOne));
  EXPECT_FALSE(book.is_in_force(kTwo)) << "it came behind what was put in force";
  const PeerBook::Changes second = book.changes().value();
  EXPECT_EQ(second.peers, (std::vector<TransportEndpoint>{kOne, kTwo}));
  book.put_in_force(second.version);
  EXPECT_TRUE(book.is_in_force(kTwo));
  EXPECT_FALSE(book.changes());
}

TEST(PeerBook, APeerStaysAsLongAsSomebodyIsConnectedToIt) {
  PeerBook book;
  book.enter(kOne);
  book.enter(kOne);
  book.put_in_force(book.changes()->version);
  book.leave(kOne);
  EXPECT_FALSE(book.changes());
  EXPECT_TRUE(book.is_in_force(kOne));
  book.leave(kOne);
  EXPECT_TRUE(book.changes()->peers.empty());
  EXPECT_FALSE(book.is_in_force(kOne));
  book.enter(kOne);
  EXPECT_FALSE(book.is_in_force(kOne)) << "it may have been let in again meanwhile";
}

TEST(PeerBook, AtTheEndEverybodyIsInForce) {
  PeerBook book;
  book.put_all_in_force();
  book.enter(kOne);
  EXPECT_TRUE(book.is_in_force(kOne));
  EXPECT_FALSE(book.changes());
}

TEST(PeerBook, EndpointsAreThoseOfThePackets) {
  const TransportEndpoint four = endpoint_of(address_of("192.0.2.7", 9002));
  EXPECT_EQ(four, (TransportEndpoint{.protocol = 6, .port = 9002, .address = {192, 0, 2, 7}}));
  EXPECT_EQ(endpoint_of(address_of(std::string("::ffff:") + "192.0.2.7", 9002)), four)
      << "mapped addresses travel as IPv4";
  const TransportEndpoint six = endpoint_of(address_of("2001:db8::1", 9003));
  EXPECT_TRUE(six.ipv6);
  EXPECT_EQ(six.port, 9003);
  EXPECT_EQ(six.address[1], 1);
  EXPECT_EQ(six.address[15], 1);
}

}  // namespace
}  // namespace lictor
