// Entries as RFC 5424 messages: their form, and that nobody is named in them.
#include "control/syslog/syslog_message.h"

#include <gtest/gtest.h>

#include <regex>

namespace lictor::control {
namespace {

const SyslogOrigin kOrigin{.host = "host.example.org", .process = "42"};

AuditEntry entry() {
  return {.number = 17,
          .kind = AuditKind::kAct,
          .time_unix_ns = 1'795'248'000'123'456'789,
          .actor = "anna (operator, approver)",
          .action = "warrant.activate",
          .object = "6f1e1c1e-0000-4000-8000-000000000001",
          .outcome = "ok",
          .open = {{"agency", "police"}}};
}

std::string message_of(const AuditEntry& one) { return syslog_message(one, {.number = 17, .hash = {0xab}}, kOrigin); }

TEST(SyslogMessage, HasTheFormOfRfc5424) {
  EXPECT_EQ(
      message_of(entry()),
      "<109>1 2026-11-21T08:00:00.123456Z host.example.org lictord 42 warrant.activate [lictor@32473 number=\"17\" "
      "kind=\"act\" roles=\"operator, approver\" object=\"6f1e1c1e-0000-4000-8000-000000000001\" outcome=\"ok\" "
      "hash=\"ab" +
          std::string(62, '0') + "\"]");
}

TEST(SyslogMessage, NamesNobody) {
  AuditEntry one = entry();
  one.sealed = {{"target", "192.0.2.7"}};
  one.open = {{"reason", "J. Doe"}};
  one.outcome = "NOT_FOUND: id: of 192.0.2.7";
  for (const char* const secret : {"anna", "192.0.2.7", "J. Doe"})
    EXPECT_EQ(message_of(one).find(secret), std::string::npos) << secret;
  EXPECT_NE(message_of(one).find("outcome=\"NOT_FOUND\""), std::string::npos);
  one.outcome = "restored, J. Doe knows why";
  EXPECT_NE(message_of(one).find("outcome=\"text\""), std::string::npos);
  for (const char* const actor : {"", "anna", "anna)", "(", "uid 0"}) {
    one.actor = actor;
    EXPECT_NE(message_of(one).find("roles=\"\""), std::string::npos) << actor;
  }
}

TEST(SyslogMessage, WhatWouldEndAValueOrAMessageIsEscapedOrReplaced) {
  AuditEntry one = entry();
  one.object = "a\"b\\c]d\ne\xc3\xa9";
  one.action = "two words\n" + std::string(100, 'x');
  const std::string message = message_of(one);
  EXPECT_NE(message.find(R"(object="a\"b\\c\]d?e)"), std::string::npos) << message;
  EXPECT_TRUE(std::regex_search(message, std::regex(" two_words_x{22} \\["))) << message;
  for (const char each : message) EXPECT_TRUE(each >= ' ' && each < 127);
}

TEST(SyslogMessage, RefusalsWarnAndLooksInform) {
  for (const auto& [kind, priority] : {std::pair(AuditKind::kRefusal, "<108>"),
                                       {AuditKind::kTorn, "<107>"},
                                       {AuditKind::kRead, "<110>"},
                                       {AuditKind::kEvent, "<109>"}}) {
    AuditEntry one = entry();
    one.kind = kind;
    EXPECT_TRUE(message_of(one).starts_with(priority)) << name_of(kind);
  }
}

TEST(SyslogMessage, AFrameBeginsWithItsLengthInOctets) {
  EXPECT_EQ(syslog_frame("abc"), "3 abc");
  EXPECT_EQ(syslog_frame(std::string(12, 'x')), "12 " + std::string(12, 'x'));
}

TEST(SyslogMessage, TheLongestEntryFitsWhatReceiversTake) {
  AuditEntry one = entry();
  one.object = std::string(AuditEntry::kTextBytesMax, '"');
  one.actor = "a (" + std::string(AuditEntry::kTextBytesMax - 4, ']') + ")";
  one.outcome = std::string(AuditEntry::kTextBytesMax, 'A');
  EXPECT_LE(message_of(one).size(), 8192U);
}

}  // namespace
}  // namespace lictor::control
