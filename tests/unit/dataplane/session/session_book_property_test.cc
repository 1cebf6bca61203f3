// Random changes by a book and by a plain second writing of its rules: both must have the same sessions and addresses.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "recording_sink.h"

namespace lictor {
namespace {

constexpr int kKeys = 12;
constexpr int kAddresses = 6;

struct ModelSession {
  std::map<int, int64_t> addresses;  // since
  int64_t updated = 0;
};

class Model {
 public:
  void apply(int key, int64_t second, const std::set<int>& addresses) {
    ModelSession& session = sessions_[key];
    if (second < session.updated) {
      for (const int address : addresses) {
        if (!session.addresses.contains(address) && take_from_holder(key, address, second)) had(address, second);
      }
      return;
    }
    for (const auto& [address, since] : session.addresses) {
      if (!addresses.contains(address)) had(address, session.updated);
    }
    std::erase_if(session.addresses, [&](const auto& held) { return !addresses.contains(held.first); });
    for (const int address : addresses) {
      if (!sessions_[key].addresses.contains(address) && take_from_holder(key, address, second))
        sessions_[key].addresses[address] = second;
    }
    sessions_[key].updated = second;
  }
  void close(int key) {
    for (const auto& [address, since] : sessions_[key].addresses) had(address, sessions_[key].updated);
    sessions_.erase(key);
  }
  [[nodiscard]] const std::map<int, ModelSession>& sessions() const { return sessions_; }

 private:
  void had(int address, int64_t second) { had_[address] = std::max(had_[address], second); }

  // False where what is known of it is newer.
  bool take_from_holder(int key, int address, int64_t second) {
    if (second < had_[address]) return false;
    const auto holder = std::ranges::find_if(
        sessions_, [&](const auto& other) { return other.first != key && other.second.addresses.contains(address); });
    if (holder == sessions_.end()) return true;
    if (second < holder->second.updated) return false;
    holder->second.addresses.erase(address);
    if (holder->second.addresses.empty()) sessions_.erase(holder);
    return true;
  }

  std::map<int, ModelSession> sessions_;
  std::map<int, int64_t> had_;  // addresses, and until when they were known to be somebody's who has them no more
};

SessionAddress numbered(int address) { return address_of("203.0.113." + std::to_string(address)); }

class Book {
 public:
  Book() : book_(*SessionBook::make({.sessions_max = kKeys, .cells_bytes_max = 65'536})) {}

  void apply(int key, int64_t second, const std::set<int>& numbers) {
    SessionId session = book_->find(key_of(key));
    if (session == kNoSession)
      session = book_->open(key_of(key), SessionSource::kRadius, 0, SessionGroup(), at_second(second));
    std::vector<SessionAddress> addresses;
    for (const int number : numbers) addresses.push_back(numbered(number));
    book_->apply(session,
                 {.received = at_second(second),
                  .effective = at_second(second),
                  .addresses = std::span<const SessionAddress>(addresses)},
                 sink_);
  }
  void close(int key) {
    const SessionId session = book_->find(key_of(key));
    if (session != kNoSession) book_->close(session, {}, sink_);
  }
  void expect(const Model& model) {
    for (int key = 0; key < kKeys; ++key) {
      const auto wanted = model.sessions().find(key);
      const SessionId session = book_->find(key_of(key));
      ASSERT_EQ(session != kNoSession, wanted != model.sessions().end()) << key;
      if (session == kNoSession) continue;
      std::set<std::string> held;
      book_->for_each_address(session, [&](const SessionAddress& address, PacketTime) {
        held.insert(std::to_string(address.prefix.octets[3]));
      });
      std::set<std::string> model_held;
      for (const auto& [address, since] : wanted->second.addresses) model_held.insert(std::to_string(address));
      ASSERT_EQ(held, model_held) << key;
    }
    ASSERT_EQ(book_->counters().opened.get() - book_->counters().closed.get(), model.sessions().size());
  }

  // What was told, put together: every address that is bound was bound once more than unbound.
  void expect_told_all() {
    for (const RecordingSink::Event& event : sink_.take()) {
      for (const SessionAddress& address : event.bound) ++balance_[{event.session, address.prefix.octets[3]}];
      for (const SessionAddress& address : event.unbound) --balance_[{event.session, address.prefix.octets[3]}];
    }
    for (const auto& [binding, count] : balance_) ASSERT_TRUE(count == 0 || count == 1);
    size_t bound = 0;
    for (const auto& [binding, count] : balance_) bound += static_cast<size_t>(count);
    size_t held = 0;
    for (int key = 0; key < kKeys; ++key) {
      const SessionId session = book_->find(key_of(key));
      if (session != kNoSession) book_->for_each_address(session, [&](const SessionAddress&, PacketTime) { ++held; });
    }
    ASSERT_EQ(bound, held);
  }

 private:
  SessionKey key_of(int key) const { return book_->key(SessionSource::kRadius, 0, as_bytes(std::to_string(key))); }

  std::unique_ptr<SessionBook> book_;
  RecordingSink sink_;
  std::map<std::pair<SessionId, uint8_t>, int> balance_;
};

TEST(SessionBookProperty, RandomChangesEndWhereAPlainWritingOfTheRulesDoes) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    std::mt19937 random(seed);
    Book book;
    Model model;
    int64_t second = 100;
    for (int step = 0; step < 400; ++step) {
      second += static_cast<int64_t>(random() % 3);
      const int key = static_cast<int>(random() % kKeys);
      if (random() % 6 == 0) {
        book.close(key);
        model.close(key);
      } else {
        std::set<int> addresses;
        for (size_t i = random() % 4; i > 0; --i) addresses.insert(static_cast<int>(random() % kAddresses));
        const int64_t effective = second - static_cast<int64_t>(random() % 5);
        book.apply(key, effective, addresses);
        model.apply(key, effective, addresses);
      }
      book.expect(model);
      book.expect_told_all();
      ASSERT_FALSE(testing::Test::HasFatalFailure()) << "seed " << seed << " step " << step;
    }
  }
}

}  // namespace
}  // namespace lictor
