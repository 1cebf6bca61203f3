#include "control/syslog/syslog_message.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace lictor::control {
namespace {

constexpr int kFacility = 13;  // log audit
constexpr size_t kHostMax = 255;
constexpr size_t kMessageIdMax = 32;
// 32473 is the number that RFC 5612 keeps for documentation: Lictor has none of its own.
constexpr std::string_view kElement = "lictor@32473";

int severity_of(AuditKind kind) {
  switch (kind) {
    case AuditKind::kTorn:
      return 3;
    case AuditKind::kRefusal:
      return 4;
    case AuditKind::kAct:
    case AuditKind::kEvent:
      return 5;
    default:
      return 6;
  }
}

std::string time_of(int64_t unix_ns) {
  const int64_t micros = unix_ns / 1000;
  const auto seconds = static_cast<std::time_t>(micros / 1'000'000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(seconds), micros % 1'000'000);
}

// PRINTUSASCII, "-" where nothing is left.
std::string word(std::string_view text, size_t max) {
  std::string out;
  for (const char each : text.substr(0, max)) out.push_back(each > ' ' && each < 127 ? each : '_');
  return out.empty() ? "-" : out;
}

// A PARAM-VALUE: three characters are escaped, what is no printable ASCII is replaced.
std::string value(std::string_view text) {
  std::string out;
  for (const char each : text) {
    if (each == '"' || each == '\\' || each == ']') out.push_back('\\');
    out.push_back(each >= ' ' && each < 127 ? each : '?');
  }
  return out;
}

// "operator, approver" of "anna (operator, approver)": what, and not who.
std::string_view roles_of(std::string_view actor) {
  const size_t open = actor.rfind('(');
  if (open == std::string_view::npos || !actor.ends_with(')')) return {};
  return actor.substr(open + 1, actor.size() - open - 2);
}

// "NOT_FOUND" of "NOT_FOUND: id: no such warrant"; nothing that a person wrote.
std::string_view code_of(std::string_view outcome) {
  if (outcome.empty() || outcome == "ok") return outcome;
  const std::string_view code = outcome.substr(0, outcome.find(':'));
  const bool is_code = std::ranges::all_of(code, [](char each) { return each == '_' || (each >= 'A' && each <= 'Z'); });
  return is_code ? code : "text";
}

}  // namespace

SyslogOrigin syslog_origin() {
  std::array<char, kHostMax + 1> host{};
  if (::gethostname(host.data(), kHostMax) != 0) host[0] = '\0';
  return {.host = word(host.data(), kHostMax), .process = std::to_string(::getpid())};
}

std::string syslog_message(const AuditEntry& entry, const AuditHead& head, const SyslogOrigin& origin) {
  std::string hash;
  for (const uint8_t octet : head.hash) hash += fmt::format("{:02x}", octet);
  return fmt::format(
      R"(<{}>1 {} {} lictord {} {} [{} number="{}" kind="{}" roles="{}" object="{}" outcome="{}" hash="{}"])",
      kFacility * 8 + severity_of(entry.kind), time_of(entry.time_unix_ns), origin.host, origin.process,
      word(entry.action, kMessageIdMax), kElement, entry.number, name_of(entry.kind), value(roles_of(entry.actor)),
      value(entry.object), value(code_of(entry.outcome)), hash);
}

std::string syslog_frame(const std::string& message) { return fmt::format("{} {}", message.size(), message); }

}  // namespace lictor::control
