#include "encoders/handover/handover_thread.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "dataplane/base/clock.h"
#include "encoders/handover/connection.h"

namespace lictor {

Result<std::unique_ptr<HandoverThread>> HandoverThread::make() {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return absl::ResourceExhaustedError(fmt::format("epoll_create1: {}", std::strerror(errno)));
  Result<std::unique_ptr<Doorbell>> bell = Doorbell::make();
  if (!bell.ok()) return close(epoll), bell.status();
  std::unique_ptr<HandoverThread> made(new HandoverThread(epoll, *std::move(bell)));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;  // a connection is never null
  epoll_ctl(epoll, EPOLL_CTL_ADD, made->bell_->descriptor(), &event);
  made->thread_ = std::thread([thread = made.get()] { thread->run_handover_loop(); });
  return made;
}

HandoverThread::~HandoverThread() {
  stop();
  close(epoll_);
}

void HandoverThread::add(Connection* connection) {
  const std::lock_guard lock(mutex_);
  to_add_.push_back(connection);
  order();
}

void HandoverThread::remove(Connection* connection) {
  std::unique_lock lock(mutex_);
  if (over_) return;  // stop() has joined: nobody holds it
  to_remove_.push_back(connection);
  order();
  removed_.wait(lock, [this] { return to_remove_.empty(); });
}

void HandoverThread::stop() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    order();
  }
  if (thread_.joinable()) thread_.join();
}

void HandoverThread::order() {
  ordered_.store(true, std::memory_order_release);
  bell_->ring();
}

void HandoverThread::run_handover_loop() noexcept {
  pthread_setname_np(pthread_self(), "handover");
  while (take_orders()) {
    const bool busy = run_turns();
    if (busy) lively_until_ns_ = socket_now().ns + kLivelyNs;
    rest(busy);
  }
}

// Content may flood: each of its connections has a turn of bounded length, and HI2 comes between two of them.
bool HandoverThread::run_turns() {
  SocketTime hi2_turn = socket_now();
  SocketTime now = hi2_turn;
  bool busy = run_some(0, hi2_count_, now);
  const size_t content = connections_.size() - hi2_count_;
  for (size_t i = 0; i < content; ++i) {
    const size_t one = hi2_count_ + (first_ + i) % content;
    if (!run_some(one, one + 1, now)) continue;
    busy = true;
    if (now.ns - hi2_turn.ns < kHi2EveryNs) continue;
    hi2_turn = now;
    run_some(0, hi2_count_, now);
  }
  ++first_;
  return busy;
}

// Gives [first, end) a turn, another one of them the first turn each time; `now` is the time behind it where there was
// work.
bool HandoverThread::run_some(size_t first, size_t end, SocketTime& now) {
  bool busy = false;
  const LegalTime legal = legal_now();
  for (size_t i = 0; i < end - first; ++i) {
    Connection& connection = *connections_[first + (first_ + i) % (end - first)];
    busy = connection.run(now, legal) || busy;
    watch(connection);
  }
  if (busy) now = socket_now();
  return busy;
}

// False where the thread is to end.
bool HandoverThread::take_orders() {
  if (!ordered_.load(std::memory_order_acquire)) return true;
  const std::lock_guard lock(mutex_);
  ordered_.store(false, std::memory_order_relaxed);
  connections_.insert(connections_.end(), to_add_.begin(), to_add_.end());
  to_add_.clear();
  for (Connection* const connection : to_remove_) {
    std::erase(connections_, connection);
    watched_.erase(connection);
    if (connection->descriptor() >= 0) epoll_ctl(epoll_, EPOLL_CTL_DEL, connection->descriptor(), nullptr);
  }
  to_remove_.clear();
  // Not std::ranges': clang 14 takes no subranges of libstdc++.
  const auto is_hi2 = [](const Connection* one) { return one->is_hi2(); };
  const auto content = std::stable_partition(connections_.begin(), connections_.end(), is_hi2);
  hi2_count_ = static_cast<size_t>(content - connections_.begin());
  removed_.notify_all();
  return !over_;
}

// Keeps epoll's view of a connection's socket. A closed socket leaves epoll by itself.
void HandoverThread::watch(Connection& connection) {
  if (connection.descriptor() < 0) return;
  Watched& watched = watched_[&connection];
  const bool is_new = watched.socket_serial != connection.socket_serial();
  if (!is_new && watched.wants_write == connection.wants_write()) return;
  watched = {.socket_serial = connection.socket_serial(), .wants_write = connection.wants_write()};
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | (watched.wants_write ? EPOLLOUT : 0u);
  event.data.ptr = &connection;
  epoll_ctl(epoll_, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, connection.descriptor(), &event);
}

void HandoverThread::rest(bool busy) {
  std::array<epoll_event, 64> events;
  const int64_t rest_ns = busy ? 0 : socket_now().ns < lively_until_ns_ ? kShortRestNs : kLongRestNs;
  const int64_t idle_ns = connections_.empty() ? kEmptyRestNs : rest_ns;
  const timespec time{.tv_sec = idle_ns / kNanosecondsPerSecond, .tv_nsec = idle_ns % kNanosecondsPerSecond};
  const int count = epoll_pwait2(epoll_, events.data(), events.size(), &time, nullptr);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    if (event.data.ptr == nullptr) {
      bell_->clear();
    } else {
      static_cast<Connection*>(event.data.ptr)->ready(event.events);
    }
  }
}

}  // namespace lictor
