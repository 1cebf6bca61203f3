// The addresses of a header field's value: "Display" <uri>;parameter, one behind the other with commas (RFC 3261
// sections 20.10 and 25.1), and the lists of parameters that values have. Views, any thread, no allocation; a value is
// read once from its front to its end, whatever is in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "dataplane/base/bytes.h"

namespace lictor::sip {

// Spans lie in the value.
struct Address {
  Bytes display;  // with its quotes, as it stands
  Bytes uri;      // between the brackets; without brackets all of it, parameters included
  Bytes params;   // from the ";" on: those of the header field
};

class AddressList {
 public:
  explicit AddressList(Bytes value) : rest_(value) {}

  // False behind the last one.
  bool next(Address& address) noexcept;
  // Quotes and brackets that nobody closed. Such a quote is passed over: what stands behind it counts.
  [[nodiscard]] uint16_t odd() const { return odd_; }

 private:
  size_t skip_quoted(size_t at) noexcept;
  size_t find_end(size_t at) noexcept;

  Bytes rest_;
  uint16_t odd_ = 0;
  bool no_more_quotes_ = false;
};

// One parameter of many, separated by `separator`; quotes keep separators together.
class ParamList {
 public:
  ParamList(Bytes text, uint8_t separator) : rest_(text), separator_(separator) {}
  // `value` is without blanks around it, and with its quotes; empty where there is none.
  bool next(Bytes& name, Bytes& value) noexcept;

 private:
  Bytes rest_;
  uint8_t separator_;
  bool no_more_quotes_ = false;
};

// The first parameter of that name, in lower case, of ";name=value;name"; nullopt where it is not there.
[[nodiscard]] std::optional<Bytes> find_param(Bytes params, std::string_view name, uint8_t separator = ';') noexcept;

// What a quoted text means: without its quotes, and "\x" as "x" (RFC 3261 section 25.1). A text without quotes is
// itself. `room` is as long as `text` at least; answers the length.
size_t write_unquoted(Bytes text, MutableBytes room) noexcept;

// The tag of a From or To, which makes it an end of a dialog; empty where it has none.
[[nodiscard]] Bytes tag_of(Bytes value) noexcept;

// The branch of the topmost Via (RFC 3261 section 20.42); empty where it has none.
[[nodiscard]] Bytes branch_of(Bytes via) noexcept;

}  // namespace lictor::sip
