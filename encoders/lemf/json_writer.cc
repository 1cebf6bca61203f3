#include "encoders/lemf/json_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>

namespace lictor::lemf {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr int64_t kMicrosecondsPerSecond = 1'000'000;

bool is_printable(Bytes value) {
  return std::all_of(value.begin(), value.end(), [](uint8_t octet) { return octet >= 0x20 && octet < 0x7f; });
}

void append_escaped(std::string& out, std::string_view value) {
  for (const char character : value) {
    const auto octet = static_cast<uint8_t>(character);
    if (character == '"' || character == '\\')
      out.append({'\\', character});
    else if (octet < 0x20 || octet == 0x7f)
      out.append("\\u00").append({kHexDigits[octet >> 4], kHexDigits[octet & 0xf]});
    else
      out.push_back(character);
  }
}

}  // namespace

void JsonWriter::open(char bracket) {
  separate();
  out_.push_back(bracket);
  ++depth_;
  first_ = true;
}

void JsonWriter::close(char bracket) {
  --depth_;
  if (!first_) indent();
  out_.push_back(bracket);
  first_ = false;
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (!first_) out_.push_back(',');
  if (depth_ > 0) indent();
  first_ = false;
}

void JsonWriter::indent() {
  if (style_ == JsonStyle::kLine) return;
  out_.push_back('\n');
  out_.append(2 * depth_, ' ');
}

void JsonWriter::key(std::string_view name) {
  separate();
  out_.push_back('"');
  append_escaped(out_, name);
  out_.append(style_ == JsonStyle::kLine ? "\":" : "\": ");
  after_key_ = true;
}

void JsonWriter::text(std::string_view value) {
  separate();
  out_.push_back('"');
  append_escaped(out_, value);
  out_.push_back('"');
}

void JsonWriter::octets(Bytes value) {
  if (is_printable(value)) return text(as_text(value));
  separate();
  out_.append("\"hex:");
  for (const uint8_t octet : value) out_.append({kHexDigits[octet >> 4], kHexDigits[octet & 0xf]});
  out_.push_back('"');
}

void JsonWriter::number(uint64_t value) {
  separate();
  const fmt::format_int digits(value);
  out_.append(digits.data(), digits.size());
}

void JsonWriter::null() {
  separate();
  out_.append("null");
}

void JsonWriter::time(int64_t unix_us) {
  separate();
  const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds(unix_us)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const int64_t of_day = (time - day).count();
  const int64_t seconds = of_day / kMicrosecondsPerSecond;
  fmt::format_to(std::back_inserter(out_), "\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z\"",
                 static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                 seconds / 3600, seconds / 60 % 60, seconds % 60, of_day % kMicrosecondsPerSecond);
}

}  // namespace lictor::lemf
