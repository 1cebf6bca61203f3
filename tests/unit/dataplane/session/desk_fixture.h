// A desk with its book, its ring and its rules, for tests.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/session/session_desk.h"
#include "recording_sink.h"

namespace lictor {

inline std::string text_of(const IpPrefix& prefix) {
  if (!prefix.ipv6) {
    return fmt::format("{}.{}.{}.{}/{}", prefix.octets[0], prefix.octets[1], prefix.octets[2], prefix.octets[3],
                       prefix.bits);
  }
  for (const char* const known : {"2001:db8:1::/56", "2001:db8:2::/56"}) {
    if (*IpPrefix::parse(known) == prefix) return known;
  }
  return "another";
}

class DeskFixture : public testing::Test {
 protected:
  struct Told {
    SessionReport::Kind kind;
    AccessEvent event;
    uint32_t slot;
    uint32_t cin;
    PacketTime received;
    PacketTime started;
    std::string user;
    std::vector<std::string> addresses;
    std::string raw;
  };
  struct Rule {
    uint32_t slot;
    uint32_t cin;
    std::string prefix;
    friend bool operator==(const Rule&, const Rule&) = default;
    friend void PrintTo(const Rule& rule, std::ostream* out) {
      *out << rule.slot << " cin " << rule.cin << " " << rule.prefix;
    }
  };

  DeskFixture() : book_(*SessionBook::make({.sessions_max = 64, .cells_bytes_max = 65'536})) {
    ring_.bytes = *SpscByteRing::make(SpscByteRing::kBytesMin);
    desk_ = std::make_unique<SessionDesk>(SessionDeskPlan{.tasks_max = 8,
                                                          .target_sessions_max = 16,
                                                          .scopes = {BindingScope{.ports = 0b011, .vni = 5000}},
                                                          .reports = {&ring_}},
                                          *book_);
  }

  static WatchedTask task(uint32_t slot, const std::vector<std::string>& users, uint32_t first_cin = 100) {
    WatchedTask task{.slot = TaskSlot{slot}, .start = {1}, .stop = {INT64_MAX}, .cins = {first_cin, 50}};
    for (const std::string& user : users) task.identities.push_back({IdentityKind::kRadiusUser, user});
    return task;
  }

  void watch(const std::vector<WatchedTask>& added, int64_t second = 0) {
    for (const WatchedTask& one : added) tasks_[index_of(one.slot)] = one;
    send(added, {}, second);
  }
  void replace(const std::vector<WatchedTask>& added) {
    std::vector<TaskSlot> removed;
    for (const WatchedTask& one : added) {
      tasks_[index_of(one.slot)] = one;
      removed.push_back(one.slot);
    }
    send(added, removed, 0);
  }
  void unwatch(uint32_t slot) {
    tasks_.erase(slot);
    send({}, {TaskSlot{slot}}, 0);
  }

  void accept(std::string_view key, std::string_view user, int64_t second, std::vector<SessionAddress> addresses,
              SessionSource source = SessionSource::kRadius, std::optional<PacketTime> deadline = {}) {
    change(key, user, AccessEvent::kAccept, second, std::move(addresses), source, deadline);
  }
  void change(std::string_view key, std::string_view user, AccessEvent kind, int64_t second,
              std::vector<SessionAddress> addresses, SessionSource source = SessionSource::kRadius,
              std::optional<PacketTime> deadline = {}) {
    const SessionKey session_key = book_->key(source, 0, as_bytes(key));
    SessionId session = book_->find(session_key);
    if (session == kNoSession) session = book_->open(session_key, source, 0, SessionGroup(), at_second(0));
    const ShownIdentity shown{IdentityKind::kRadiusUser, as_bytes(user)};
    book_->apply(session,
                 {.kind = kind,
                  .received = at_second(second),
                  .effective = at_second(second),
                  .shown = {&shown, 1},
                  .addresses = std::span<const SessionAddress>(addresses),
                  .deadline = deadline},
                 *desk_);
  }
  void end(std::string_view key, int64_t second) {
    const SessionId session = book_->find(book_->key(SessionSource::kRadius, 0, as_bytes(key)));
    ASSERT_NE(session, kNoSession);
    book_->close(session, {.received = at_second(second), .effective = at_second(second)}, *desk_);
  }
  void attempt(std::string_view user, AccessEvent kind, int64_t second) {
    const ShownIdentity shown{IdentityKind::kRadiusUser, as_bytes(user)};
    desk_->on_event({.kind = kind, .received = at_second(second), .shown = {&shown, 1}});
  }

  std::vector<Told> reports() {
    desk_->publish();
    std::vector<Told> told;
    Bytes octets = ring_.bytes->readable();
    const size_t all = octets.size();
    while (!octets.empty()) {
      SessionReport report;
      SessionReportParts parts;
      octets = octets.subspan(read_session_report(octets, report, parts));
      told.push_back({report.kind,
                      report.event,
                      index_of(report.slot),
                      report.cin,
                      report.received,
                      report.started,
                      std::string(as_text(report.details.user_name)),
                      {},
                      std::string(as_text(report.raw))});
      for (const SessionAddress& address : report.addresses) told.back().addresses.push_back(text_of(address.prefix));
    }
    if (all > 0) ring_.bytes->release(all);
    return told;
  }

  // The rules that are left of all changes until now.
  std::vector<TargetRule>& table() {
    for (const BindingChange& change : desk_->bindings()) {
      if (change.kind == BindingChange::Kind::kAdd) {
        table_.push_back(change.rule);
      } else {
        std::erase_if(table_, [&](const TargetRule& rule) {
          return rule.slot == change.rule.slot && rule.prefix == change.rule.prefix;
        });
      }
    }
    desk_->bindings().clear();
    return table_;
  }
  std::vector<Rule> rules() {
    std::vector<Rule> rules;
    for (const TargetRule& rule : table()) rules.push_back({index_of(rule.slot), rule.cin, text_of(rule.prefix)});
    return rules;
  }

  void fill_ring() {
    while (!ring_.bytes->reserve(64).empty()) ring_.bytes->commit(64);
    ring_.bytes->publish();
  }
  void empty_ring() { ring_.bytes->release(ring_.bytes->readable().size()); }

  std::vector<WatchedIdentity> shared_;
  ReportRing ring_;
  std::unique_ptr<SessionBook> book_;
  std::unique_ptr<SessionDesk> desk_;
  const SessionAddress a_ = address_of("192.0.2.7");
  const SessionAddress b_ = address_of("192.0.2.8");
  const SessionAddress net_ = address_of("2001:db8:1::/56", SessionAddress::Use::kDelegated);

 private:
  void send(std::vector<WatchedTask> added, std::vector<TaskSlot> removed, int64_t second) {
    auto watch_table = std::make_unique<WatchTable>(IdentityForm{}, shared_);
    for (const auto& [slot, one] : tasks_) {
      for (const WatchedIdentity& identity : one.identities) watch_table->add(TaskSlot{slot}, identity);
    }
    WatchChange change;
    change.table = std::move(watch_table);
    change.added = std::move(added);
    change.removed = std::move(removed);
    desk_->change(std::move(change), at_second(second));
  }

  std::map<uint32_t, WatchedTask> tasks_;
  std::vector<TargetRule> table_;
};

}  // namespace lictor
