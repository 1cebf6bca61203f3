// The head of a SIP message, line by line: which of them go, and what goes out of those that stay. Views; any thread.
// For the files of this folder.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dataplane/base/bytes.h"
#include "encoders/mask/sip_mask.h"

namespace lictor::mask {

using Octets = std::vector<uint8_t>;

inline void append(Octets& out, Bytes octets) { out.insert(out.end(), octets.begin(), octets.end()); }
inline void append(Octets& out, std::string_view text) { append(out, as_bytes(text)); }

// Whether `text` has `word`, which is in lower case, in any case.
[[nodiscard]] bool has_word(Bytes text, std::string_view word);

// A line with its folds (RFC 3261 section 7.3.1).
struct HeadLine {
  Bytes whole;             // with its end
  Bytes name;              // without blanks; empty where there is no colon
  Bytes value;             // without blanks at its ends, folds are in it
  bool ends_head = false;  // it is empty: the body is behind it
};

// The next line off the front of `rest`. False where the octets end before it does, or before it is known whether a
// fold follows; `rest_is_all`: they end where the text does.
bool take_line(Bytes& rest, HeadLine& line, bool rest_is_all = false);

// Whether a line of that name tells where somebody is.
[[nodiscard]] bool is_location_name(Bytes name);

// Whether a header line has to go. A line in which another one may be read, behind a bare CR or in a fold, goes with
// that one.
[[nodiscard]] bool has_to_go(const HeadLine& line, const SipMaskPolicy& policy);

// Writes the line as it stands, but for keys and passwords in one with credentials.
void append_keyless(Octets& out, const HeadLine& line);

// The same without what else has to go: header fields of URIs (RFC 3261 section 19.1.1), digits to be dialled behind an
// answer (";postd="), names of files, descriptions.
void append_filtered(Octets& out, const HeadLine& line, const SipMaskPolicy& policy);
// The same of a request URI: it ends where `uri` does.
void append_filtered_uri(Octets& out, Bytes uri, const SipMaskPolicy& policy);

}  // namespace lictor::mask
