#include "encoders/handover/resolver.h"

#include <fmt/format.h>
#include <netdb.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

namespace lictor {
namespace {

struct Question {
  std::string host;
  uint16_t port = 0;
  std::shared_ptr<Resolution> answer;
};

Result<std::vector<SocketAddress>> look_up(const std::string& host, uint16_t port, int flags) {
  const addrinfo hints{.ai_flags = flags | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (error != 0) return absl::UnavailableError(fmt::format("cannot resolve the host: {}", gai_strerror(error)));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* at = list; at != nullptr && addresses.size() < Resolver::kAddressesMax; at = at->ai_next) {
    if (at->ai_addrlen > sizeof(sockaddr_storage)) continue;
    SocketAddress& address = addresses.emplace_back();
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    address.length = at->ai_addrlen;
    address.host = host;
  }
  if (addresses.empty()) return absl::UnavailableError("the host has no address");
  return addresses;
}

}  // namespace

struct Resolver::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Question> questions;
  bool begun = false;
  bool over = false;

  void run_resolve_loop() noexcept {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return over || !questions.empty(); });
      if (over) return;
      Question question = std::move(questions.front());
      questions.pop_front();
      lock.unlock();
      question.answer->addresses = look_up(question.host, question.port, AI_ADDRCONFIG);
      question.answer->ready.store(true, std::memory_order_release);
      lock.lock();
    }
  }
};

Resolver::Resolver() : shared_(std::make_shared<Shared>()) {}

Resolver::~Resolver() {
  const std::lock_guard lock(shared_->mutex);
  shared_->over = true;
  shared_->changed.notify_all();
}

std::shared_ptr<Resolution> Resolver::resolve(const std::string& host, uint16_t port) {
  auto answer = std::make_shared<Resolution>();
  if (Result<std::vector<SocketAddress>> addresses = look_up(host, port, AI_NUMERICHOST); addresses.ok()) {
    answer->addresses = *std::move(addresses);
    answer->ready.store(true, std::memory_order_release);
    return answer;
  }
  const std::lock_guard lock(shared_->mutex);
  if (!shared_->begun) {
    // Detached, and so an owner of what it shares: a look-up that hangs must not hold up the end of the process.
    std::thread([shared = shared_] { shared->run_resolve_loop(); }).detach();
    shared_->begun = true;
  }
  shared_->questions.push_back({.host = host, .port = port, .answer = answer});
  shared_->changed.notify_all();
  return answer;
}

}  // namespace lictor
