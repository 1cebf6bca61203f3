// Sends a message and then stamped frames at an even pace, without taking a CPU for it as an interpreter would: for
// figures of how soon behind a message its packets are copied. Its own held-up moments are told, so that a sample in
// which something else had the CPU can be left out.
//
// Usage: lictor-paced-sender MESSAGE_SOCKET FRAME_SOCKET, two packet sockets that it inherits. On standard input an
// order after another: `Order`, the message, the frame. On standard output the answer to each: `Answer`, and for each
// frame its number and when it was sent (CLOCK_MONOTONIC), which are in the frame as well, in network byte order.
#include <endian.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <span>
#include <string_view>
#include <vector>

namespace {

struct Order {
  uint32_t message_bytes;
  uint32_t frame_bytes;
  uint32_t stamp_at;  // where in the frame the number and the time go
  uint32_t first_number;
  uint64_t window_ns;
  uint64_t apart_ns;
};

struct Stamp {
  uint64_t number;
  uint64_t ns;
};

struct Answer {
  uint64_t begun_ns;
  uint64_t longest_gap_ns;
  uint64_t sent;
};

constexpr uint32_t kFrameBytesMax = 65536;

uint64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

void sleep_until(uint64_t ns) {
  const timespec until{.tv_sec = static_cast<time_t>(ns / 1'000'000'000),
                       .tv_nsec = static_cast<long>(ns % 1'000'000'000)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

bool read_all(void* into, size_t bytes) {
  auto* at = static_cast<uint8_t*>(into);
  while (bytes > 0) {
    const ssize_t got = read(STDIN_FILENO, at, bytes);
    if (got <= 0) return false;
    at += got;
    bytes -= static_cast<size_t>(got);
  }
  return true;
}

bool write_all(const void* from, size_t bytes) {
  const auto* at = static_cast<const uint8_t*>(from);
  while (bytes > 0) {
    const ssize_t put = write(STDOUT_FILENO, at, bytes);
    if (put <= 0) return false;
    at += put;
    bytes -= static_cast<size_t>(put);
  }
  return true;
}

Answer send_paced(const Order& order, std::span<const uint8_t> message, std::span<uint8_t> frame, int message_socket,
                  int frame_socket, std::vector<Stamp>& sent) {
  Answer answer{.begun_ns = now_ns(), .longest_gap_ns = 0, .sent = 0};
  send(message_socket, message.data(), message.size(), 0);
  uint64_t number = order.first_number;
  for (uint64_t last = answer.begun_ns, now = now_ns(); now - answer.begun_ns < order.window_ns; now = now_ns()) {
    answer.longest_gap_ns = std::max(answer.longest_gap_ns, now - last);
    last = now;
    const std::array<uint64_t, 2> stamp{htobe64(++number), htobe64(now)};
    std::memcpy(frame.data() + order.stamp_at, stamp.data(), sizeof stamp);
    if (send(frame_socket, frame.data(), frame.size(), 0) > 0) sent.push_back({number, now});
    sleep_until(now + order.apart_ns);
  }
  answer.sent = sent.size();
  return answer;
}

int socket_of(std::string_view text) {
  int socket = -1;
  std::from_chars(text.data(), text.data() + text.size(), socket);
  return socket;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int message_socket = socket_of(argv[1]);
  const int frame_socket = socket_of(argv[2]);
  prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
  std::vector<uint8_t> message;
  std::vector<uint8_t> frame;
  std::vector<Stamp> sent;
  for (Order order{}; read_all(&order, sizeof order);) {
    if (order.message_bytes > kFrameBytesMax || order.frame_bytes > kFrameBytesMax) return 2;
    if (uint64_t{order.stamp_at} + 2 * sizeof(uint64_t) > order.frame_bytes) return 2;
    message.resize(order.message_bytes);
    frame.resize(order.frame_bytes);
    if (!read_all(message.data(), message.size()) || !read_all(frame.data(), frame.size())) return 2;
    sent.clear();
    const Answer answer = send_paced(order, message, frame, message_socket, frame_socket, sent);
    if (!write_all(&answer, sizeof answer) || !write_all(sent.data(), sent.size() * sizeof(Stamp))) return 1;
  }
  return 0;
}
