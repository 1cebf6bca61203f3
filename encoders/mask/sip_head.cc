#include "encoders/mask/sip_head.h"

#include <algorithm>
#include <array>

#include "dataplane/base/octet_text.h"

namespace lictor::mask {
namespace {

// What people tell each other in a head: RFC 3261 section 20.36, RFC 7433, RFC 9796 (call-reason), RFC 2045 section 8.
constexpr std::array<std::string_view, 5> kContentNames = {"subject", "s", "user-to-user", "call-info",
                                                           "content-description"};

// Header fields that a URI may bring along: whose call it is, and what becomes of it. Any other may be content, "body"
// first of all.
constexpr std::array<std::string_view, 14> kUriHeaders = {
    "replaces", "join", "target-dialog", "require",     "supported",           "reason",         "privacy",
    "from",     "to",   "call-id",       "referred-by", "p-asserted-identity", "accept-contact", "session-expires"};

constexpr std::string_view kPostDial = "postd";

template <size_t kSize>
bool is_one_of(Bytes name, const std::array<std::string_view, kSize>& names) {
  return std::ranges::any_of(names, [name](std::string_view word) { return is_word(name, word); });
}

bool is_masked_name(Bytes name, const SipMaskPolicy& policy) {
  if (!policy.location && is_location_name(name)) return true;
  return !policy.content && is_one_of(name, kContentNames);
}

bool is_line_end(uint8_t octet) { return octet == '\r' || octet == '\n'; }

// Whatever else stands before a colon is read as a field's name by somebody, perhaps.
bool is_name(Bytes name) {
  return !name.empty() && std::ranges::all_of(name, [](uint8_t octet) { return octet > ' ' && octet < 0x7f; });
}

int hex_digit(uint8_t octet) {
  if (is_digit_octet(octet)) return octet - '0';
  const uint8_t folded = lower_octet(octet);
  return folded >= 'a' && folded <= 'f' ? folded - 'a' + 10 : -1;
}

// Behind `word`, which may be written with escapes, at the front of `text`; kNoOctet: it is not there.
size_t behind_word(Bytes text, std::string_view word) {
  size_t at = 0;
  for (const char wanted : word) {
    if (at >= text.size()) return kNoOctet;
    uint8_t octet = text[at];
    size_t octets = 1;
    if (octet == '%' && at + 2 < text.size() && hex_digit(text[at + 1]) >= 0 && hex_digit(text[at + 2]) >= 0) {
      octet = static_cast<uint8_t>(hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2]));
      octets = 3;
    }
    if (lower_octet(octet) != static_cast<uint8_t>(wanted)) return kNoOctet;
    at += octets;
  }
  return at;
}

// One line without its end, from its front on; folds are in it.
class UriFilter {
 public:
  // `is_uri`: it is a URI and nothing else.
  UriFilter(Octets& out, Bytes line, const SipMaskPolicy& policy, bool is_uri)
      : out_(out), line_(line), policy_(policy), is_uri_(is_uri) {}

  void run() {
    while (at_ < line_.size()) step();
  }

 private:
  void step() {
    const uint8_t octet = line_[at_];
    if (octet == '"' && !is_uri_ && !bracketed_ && !no_more_quotes_) return skip_quoted();
    if (octet == '<') bracketed_ = true;
    if (octet == '>') bracketed_ = false;
    if (octet == '?' && is_in_uri()) return headers();
    if (octet == ';' && !policy_.content && skip_post_dial()) return;
    out_.push_back(octet);
    ++at_;
  }

  // A URI without brackets has no blanks.
  [[nodiscard]] bool is_in_uri() const { return is_uri_ || bracketed_ || (at_ > 0 && !is_blank_octet(line_[at_ - 1])); }

  // A quoted text is no URI. A quote that nobody closes is none.
  void skip_quoted() {
    size_t end = at_ + 1;
    while (end < line_.size() && line_[end] != '"') end += line_[end] == '\\' ? 2 : 1;
    if (end >= line_.size()) {
      no_more_quotes_ = true;
      return;
    }
    append(out_, line_.subspan(at_, end + 1 - at_));
    at_ = end + 1;
  }

  bool skip_post_dial() {
    size_t begin = at_ + 1;
    while (begin < line_.size() && is_blank_octet(line_[begin])) ++begin;
    const size_t behind = behind_word(line_.subspan(begin), kPostDial);
    if (behind == kNoOctet) return false;
    size_t end = begin + behind;
    while (end < line_.size() && is_blank_octet(line_[end])) ++end;
    if (end < line_.size() && line_[end] != '=') return false;
    constexpr std::string_view kEnds = ";@>?,\"";
    while (end < line_.size() && kEnds.find(static_cast<char>(line_[end])) == std::string_view::npos) ++end;
    at_ = end;
    return true;
  }

  // "?name=value&name=value", up to the end of the URI. Where that ends nobody is sure, so what may be of it goes.
  void headers() {
    const std::string_view ends = is_uri_ ? "" : bracketed_ ? ">" : "<>,;";
    size_t end = at_;
    while (end < line_.size() && ends.find(static_cast<char>(line_[end])) == std::string_view::npos) ++end;
    const Bytes all = line_.subspan(at_ + 1, end - at_ - 1);
    Octets left;
    bool goes = false;
    for (Bytes rest = all; !rest.empty();) {
      const Bytes pair = take_until(rest, '&');
      if (pair.empty()) continue;
      if (!may_stay(pair)) {
        goes = true;
        continue;
      }
      left.push_back(left.empty() ? '?' : '&');
      append(left, pair);
    }
    append(out_, goes ? Bytes(left) : line_.subspan(at_, end - at_));
    at_ = end;
  }

  [[nodiscard]] bool may_stay(Bytes pair) const {
    const Bytes name = trimmed(take_until(pair, '='));
    if (!policy_.content) return is_one_of(name, kUriHeaders);
    return find_octet(name, '%') == kNoOctet && !is_masked_name(name, policy_);
  }

  Octets& out_;
  const Bytes line_;
  const SipMaskPolicy& policy_;
  const bool is_uri_;
  size_t at_ = 0;
  bool bracketed_ = false;
  bool no_more_quotes_ = false;
};

}  // namespace

bool has_word(Bytes text, std::string_view word) {
  return std::search(text.begin(), text.end(), word.begin(), word.end(), [](uint8_t octet, char wanted) {
           return lower_octet(octet) == static_cast<uint8_t>(wanted);
         }) != text.end();
}

bool take_line(Bytes& rest, HeadLine& line, bool rest_is_all) {
  line = {};
  if (rest.empty()) return false;
  const bool folds = !is_line_end(rest[0]);
  size_t end = 0;
  do {
    const size_t found = find_octet(rest, '\n', end);
    if (!rest_is_all && (found == kNoOctet || (folds && found + 1 == rest.size()))) return false;
    end = found == kNoOctet ? rest.size() : found + 1;
  } while (folds && end < rest.size() && (rest[end] == ' ' || rest[end] == '\t'));
  line.whole = rest.first(end);
  rest = rest.subspan(end);
  line.ends_head = !folds && (line.whole.size() == 1 || as_text(line.whole) == "\r\n");
  const size_t colon = find_octet(line.whole, ':');
  if (colon == kNoOctet) return true;
  line.name = trimmed(line.whole.first(colon));
  line.value = trimmed(line.whole.subspan(colon + 1));
  return true;
}

bool is_location_name(Bytes name) {
  constexpr std::string_view kGeolocation = "geolocation";
  if (name.size() >= kGeolocation.size() && is_word(name.first(kGeolocation.size()), kGeolocation)) return true;
  return has_word(name, "access-network-info") || has_word(name, "cellular-network-info");
}

bool has_to_go(const HeadLine& line, const SipMaskPolicy& policy) {
  if (!policy.content && !is_name(line.name)) return true;
  if (is_masked_name(line.name, policy)) return true;
  for (Bytes rest = line.whole; !rest.empty();) {
    const auto* const found = std::find_if(rest.data(), rest.data() + rest.size(), is_line_end);
    const auto end = static_cast<size_t>(found - rest.data());
    Bytes piece = rest.first(end);
    rest = rest.subspan(std::min(end + 1, rest.size()));
    if (find_octet(piece, ':') != kNoOctet && is_masked_name(trimmed(take_until(piece, ':')), policy)) return true;
  }
  return false;
}

void append_filtered(Octets& out, const HeadLine& line, const SipMaskPolicy& policy) {
  const size_t colon = find_octet(line.whole, ':');
  const size_t behind = colon == kNoOctet ? 0 : colon + 1;
  size_t end = line.whole.size();
  if (end > behind && line.whole[end - 1] == '\n') --end;
  if (end > behind && line.whole[end - 1] == '\r') --end;
  append(out, line.whole.first(behind));
  UriFilter(out, line.whole.subspan(behind, end - behind), policy, false).run();
  append(out, line.whole.subspan(end));
}

void append_filtered_uri(Octets& out, Bytes uri, const SipMaskPolicy& policy) {
  UriFilter(out, uri, policy, true).run();
}

}  // namespace lictor::mask
