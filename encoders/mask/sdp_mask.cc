#include "encoders/mask/sdp_mask.h"

#include <algorithm>
#include <array>

#include "dataplane/base/octet_text.h"

namespace lictor::mask {
namespace {

constexpr std::array<std::string_view, 4> kMaskedAttributes = {"crypto", "key-mgmt", "inline:", "file-selector"};

// RFC 8866 section 5, but for those that go.
constexpr std::string_view kLetters = "vouepcbtrzam";

bool is_line_end(uint8_t octet) { return octet == '\r' || octet == '\n'; }

// The letter of "k=…", in lower case, and what follows the sign; 0 where the line is nothing like it.
uint8_t type_of(Bytes line, Bytes& value) {
  const Bytes text = trimmed(line);
  if (text.empty()) return 0;
  const Bytes rest = trimmed(text.subspan(1));
  const uint8_t letter = lower_octet(text[0]);
  if (rest.empty() || rest[0] != '=' || letter < 'a' || letter > 'z') return 0;
  value = rest.subspan(1);
  return letter;
}

}  // namespace

void append_masked_sdp(Octets& out, Bytes description) {
  while (!description.empty()) {
    const auto* const begin = description.data();
    const auto* const end = begin + description.size();
    const auto* const text_end = std::find_if(begin, end, is_line_end);
    const auto* line_end = text_end;
    if (line_end != end && *line_end == '\r') ++line_end;
    if (line_end != end && *line_end == '\n') ++line_end;
    const Bytes text = description.first(static_cast<size_t>(text_end - begin));
    const Bytes whole = description.first(static_cast<size_t>(line_end - begin));
    description = description.subspan(whole.size());
    Bytes value;
    const uint8_t letter = type_of(text, value);
    if (letter == 's') {
      append(out, trimmed(value).empty() || as_text(text) == "s=-" ? text : as_bytes(std::string_view("s=-")));
      append(out, whole.subspan(text.size()));
      continue;
    }
    const bool is_end = text.empty();
    const bool goes = kLetters.find(static_cast<char>(letter)) == std::string_view::npos ||
                      (letter == 'a' && std::ranges::any_of(kMaskedAttributes, [value](std::string_view word) {
                         return has_word(value, word);
                       }));
    if (is_end || !goes) append(out, whole);
  }
}

}  // namespace lictor::mask
