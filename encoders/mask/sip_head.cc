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

// Parameters that are content: digits to be dialled behind an answer, and outside of URIs what a file is called (RFC
// 2183, RFC 2231) and what somebody says of himself (RFC 3840).
constexpr std::string_view kPostDial = "postd";
constexpr std::array<std::string_view, 3> kContentParams = {"filename", "name", "description"};

// Fields with credentials. Of them keys of the access (TS 24.229) and passwords (RFC 7617, RFC 6750) are nobody's.
constexpr std::array<std::string_view, 6> kCredentialNames = {"authorization",       "proxy-authorization",
                                                              "www-authenticate",    "proxy-authenticate",
                                                              "authentication-info", "proxy-authentication-info"};
constexpr std::array<std::string_view, 2> kKeyParams = {"ik", "ck"};
constexpr std::array<std::string_view, 2> kPasswordSchemes = {"basic", "bearer"};

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

// Whether it is one's name that `is_wanted` that the line has, or that of one that may be read in it, behind a bare CR
// or in a fold.
template <typename IsWanted>
bool names_one(const HeadLine& line, const IsWanted& is_wanted) {
  if (is_wanted(line.name)) return true;
  for (Bytes rest = line.whole; !rest.empty();) {
    const auto* const found = std::find_if(rest.data(), rest.data() + rest.size(), is_line_end);
    const auto end = static_cast<size_t>(found - rest.data());
    Bytes piece = rest.first(end);
    rest = rest.subspan(std::min(end + 1, rest.size()));
    if (find_octet(piece, ':') != kNoOctet && is_wanted(trimmed(take_until(piece, ':')))) return true;
  }
  return false;
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

size_t skip_blanks(Bytes text, size_t at) {
  while (at < text.size() && is_blank_octet(text[at])) ++at;
  return at;
}

// Behind the quoted text at `at`, if one is there; the text's end where nobody closes it.
size_t behind_quotes(Bytes text, size_t at) {
  if (at >= text.size() || text[at] != '"') return std::min(at, text.size());
  for (++at; at < text.size() && text[at] != '"';) at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

// Behind `word`, as it stands in a list of schemes and parameters; kNoOctet: it is not there.
size_t behind_listed(Bytes text, size_t at, std::string_view word) {
  const bool begins = at > 0 && (text[at - 1] == ':' || text[at - 1] == ',' || is_blank_octet(text[at - 1]));
  if (!begins || text.size() - at < word.size() || !is_word(text.subspan(at, word.size()), word)) return kNoOctet;
  return at + word.size();
}

// A line with credentials without what opens something: the values of its keys, and passwords.
void append_without_keys(Octets& out, Bytes line) {
  size_t end = line.size();
  while (end > 0 && is_line_end(line[end - 1])) --end;
  const Bytes text = line.first(end);
  for (size_t at = 0; at < end;) {
    size_t behind = at;
    for (const std::string_view key : kKeyParams) {
      const size_t sign = skip_blanks(text, behind_listed(text, at, key));
      if (sign >= end || text[sign] != '=') continue;
      append(out, text.subspan(at, sign + 1 - at));
      behind = behind_quotes(text, skip_blanks(text, sign + 1));
      while (behind < end && text[behind] != ',') ++behind;
      if (behind > sign + 2) append(out, "\"\"");  // never longer than what went
    }
    for (const std::string_view scheme : kPasswordSchemes) {
      const size_t blank = behind_listed(text, at, scheme);
      if (blank >= end || !is_blank_octet(text[blank])) continue;
      append(out, text.subspan(at, blank - at));
      behind = end;
    }
    if (behind == at) out.push_back(text[behind++]);
    at = behind;
  }
  append(out, line.subspan(end));
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
    if (octet == ';' && !policy_.content && skip_param()) return;
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

  // A parameter that has to go, with its value.
  bool skip_param() {
    size_t end = skip_blanks(line_, at_ + 1);
    size_t behind = behind_word(line_.subspan(end), kPostDial);
    for (size_t i = 0; behind == kNoOctet && !is_uri_ && !bracketed_ && i < kContentParams.size(); ++i)
      behind = behind_word(line_.subspan(end), kContentParams[i]);
    if (behind == kNoOctet) return false;
    for (end += behind; end < line_.size() && (line_[end] == '*' || is_digit_octet(line_[end]));) ++end;
    end = skip_blanks(line_, end);
    if (end < line_.size() && line_[end] != '=') return false;
    end = behind_quotes(line_, skip_blanks(line_, end + 1));
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
  for (const std::string_view word : {"location", "access-network-info", "cellular-network-info"})
    if (has_word(name, word)) return true;
  return is_word(name, "p-visited-network-id");
}

bool has_to_go(const HeadLine& line, const SipMaskPolicy& policy) {
  if (!policy.content && !is_name(line.name)) return true;
  return names_one(line, [&policy](Bytes name) { return is_masked_name(name, policy); });
}

bool has_credentials(const HeadLine& line) {
  return names_one(line, [](Bytes name) { return is_one_of(name, kCredentialNames); });
}

void append_keyless(Octets& out, const HeadLine& line) {
  has_credentials(line) ? append_without_keys(out, line.whole) : append(out, line.whole);
}

void append_filtered(Octets& out, const HeadLine& line, const SipMaskPolicy& policy) {
  Octets keyless;
  append_keyless(keyless, line);
  const Bytes whole = keyless;
  const size_t colon = find_octet(whole, ':');
  const size_t behind = colon == kNoOctet ? 0 : colon + 1;
  size_t end = whole.size();
  if (end > behind && whole[end - 1] == '\n') --end;
  if (end > behind && whole[end - 1] == '\r') --end;
  append(out, whole.first(behind));
  UriFilter(out, whole.subspan(behind, end - behind), policy, false).run();
  append(out, whole.subspan(end));
}

void append_filtered_uri(Octets& out, Bytes uri, const SipMaskPolicy& policy) {
  UriFilter(out, uri, policy, true).run();
}

}  // namespace lictor::mask
