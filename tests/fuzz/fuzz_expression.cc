// An expression up to the first NUL octet, and behind it a text: refused in words that do not quote it, or compiled,
// and then a stream in two pieces finds what the stream as a whole finds, and nothing that the packet does not hold.
#include <hs/hs.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "dataplane/base/bytes.h"
#include "dataplane/base/check.h"
#include "dataplane/pattern/pattern_set.h"

namespace {

using namespace lictor;

// Long enough for every construct, short enough that compiling it takes no minute.
constexpr size_t kExpressionBytesMax = 40;

int on_match(unsigned, unsigned long long, unsigned long long, unsigned, void* found) {
  *static_cast<bool*>(found) = true;
  return 0;
}

bool in_packet(const PatternSet& set, std::string_view text) {
  bool found = false;
  if (text.empty()) return found;
  LICTOR_CHECK(hs_scan(set.packets(), text.data(), static_cast<unsigned>(text.size()), 0, set.scratch(0), on_match,
                       &found) == HS_SUCCESS);
  return found;
}

bool in_stream(const PatternSet& set, std::string_view first, std::string_view second) {
  bool found = false;
  hs_stream_t* stream = nullptr;
  LICTOR_CHECK(hs_open_stream(set.streams(), 0, &stream) == HS_SUCCESS);
  for (const std::string_view piece : {first, second}) {
    if (piece.empty()) continue;
    LICTOR_CHECK(hs_scan_stream(stream, piece.data(), static_cast<unsigned>(piece.size()), 0, set.scratch(0), on_match,
                                &found) == HS_SUCCESS);
  }
  LICTOR_CHECK(hs_close_stream(stream, nullptr, nullptr, nullptr) == HS_SUCCESS);
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input = as_text({data, size});
  const std::string_view text = input.substr(std::min(input.size(), input.find('\0')));
  Pattern pattern{.kind = PatternKind::kExpression};
  pattern.octets = input.substr(0, input.size() - text.size());
  if (pattern.octets.size() > kExpressionBytesMax) return -1;
  const std::atomic<bool> never{false};
  const auto set = PatternSet::compile(std::span(&pattern, 1), {}, 1, never);
  if (!set.ok()) {
    LICTOR_CHECK(set.status().message().find('\'') == absl::string_view::npos);
    return 0;
  }
  const size_t half = text.size() / 2;
  const bool found = in_stream(**set, text, {});
  LICTOR_CHECK(found == in_stream(**set, text.substr(0, half), text.substr(half)));
  LICTOR_CHECK(!found || in_packet(**set, text));
  return 0;
}
