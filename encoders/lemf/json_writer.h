// JSON straight into a string, for lines that are written by the hundred thousand a second. Commas and indentation are
// its business, nesting is the caller's. Any thread; one writer a text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/base/bytes.h"

namespace lictor::lemf {

enum class JsonStyle { kLine, kIndented };

class JsonWriter {
 public:
  // Appends to `out`, which outlives the writer.
  explicit JsonWriter(std::string& out, JsonStyle style = JsonStyle::kLine) : out_(out), style_(style) {}

  void open_object() { open('{'); }
  void close_object() { close('}'); }
  void open_list() { open('['); }
  void close_list() { close(']'); }

  // The name of the next value; a plain word.
  void key(std::string_view name);
  // UTF-8.
  void text(std::string_view value);
  // Text where all of it is printable ASCII, else "hex:" and hexadecimal digits.
  void octets(Bytes value);
  void number(uint64_t value);
  void null();
  // Microseconds since the epoch as "2026-01-31T12:00:00.000000Z".
  void time(int64_t unix_us);

 private:
  void open(char bracket);
  void close(char bracket);
  // What stands between the last value and the next.
  void separate();
  void indent();

  std::string& out_;
  const JsonStyle style_;
  size_t depth_ = 0;
  bool first_ = true;       // nothing stands in this object or list
  bool after_key_ = false;  // the value of a key is due
};

}  // namespace lictor::lemf
