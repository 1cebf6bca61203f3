// What a plan says of a connection, asked of its socket.
#include "encoders/handover/tcp_transport.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "encoders/handover/tcp_plan.h"
#include "tests/unit/encoders/handover/tcp_peer.h"

namespace lictor {
namespace {

int option(int socket, int name) {
  int value = 0;
  socklen_t length = sizeof value;
  EXPECT_EQ(getsockopt(socket, SOL_SOCKET, name, &value, &length), 0);
  return value;
}

// The kernel doubles what it is asked for (socket(7)).
TEST(TcpTransport, BuffersOfTheKernelAreThePlans) {
  const TcpPeer peer;
  Result<SocketAddress> address = source_address("127.0.0.1");
  ASSERT_TRUE(address.ok());
  reinterpret_cast<sockaddr_in&>(address->storage).sin_port = htons(peer.port());
  TcpTransport transport({.send_buffer_bytes = 48 << 10, .receive_buffer_bytes = 32 << 10});
  ASSERT_TRUE(transport.connect(*address).ok());
  EXPECT_EQ(option(transport.descriptor(), SO_SNDBUF), 96 << 10);
  EXPECT_EQ(option(transport.descriptor(), SO_RCVBUF), 64 << 10);
}

}  // namespace
}  // namespace lictor
