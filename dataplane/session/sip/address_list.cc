#include "dataplane/session/sip/address_list.h"

#include "dataplane/base/octet_text.h"

namespace lictor::sip {
namespace {

// Behind the quoted text that begins at `at`; kNoOctet where it does not end.
size_t quoted_end(Bytes text, size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return kNoOctet;
}

}  // namespace

// A quote that is never closed is an octet as others, and so is each behind it: they would not be closed either.
size_t AddressList::skip_quoted(size_t at) noexcept {
  const size_t end = no_more_quotes_ ? kNoOctet : quoted_end(rest_, at);
  if (end != kNoOctet) return end;
  if (!no_more_quotes_ && odd_ < UINT16_MAX) ++odd_;
  no_more_quotes_ = true;
  return at + 1;
}

// The comma that ends this address, or the value's end.
size_t AddressList::find_end(size_t at) noexcept {
  while (at < rest_.size() && rest_[at] != ',') at = rest_[at] == '"' ? skip_quoted(at) : at + 1;
  return at;
}

bool AddressList::next(Address& address) noexcept {
  size_t begin = 0;
  while (begin < rest_.size() && (rest_[begin] == ',' || is_blank_octet(rest_[begin]))) ++begin;
  rest_ = rest_.subspan(begin);
  if (rest_.empty()) return false;
  size_t at = 0;
  while (at < rest_.size() && rest_[at] != '<' && rest_[at] != ',') at = rest_[at] == '"' ? skip_quoted(at) : at + 1;
  address = {};
  size_t end = at;
  if (at < rest_.size() && rest_[at] == '<') {
    address.display = trimmed(rest_.first(at));
    const size_t closed = find_octet(rest_, '>', at);
    if (closed == kNoOctet && odd_ < UINT16_MAX) ++odd_;
    const size_t uri_end = closed == kNoOctet ? rest_.size() : closed;
    address.uri = trimmed(rest_.subspan(at + 1, uri_end - at - 1));
    end = closed == kNoOctet ? uri_end : find_end(closed + 1);
    address.params = closed == kNoOctet ? Bytes() : rest_.subspan(closed + 1, end - closed - 1);
  } else {
    address.uri = trimmed(rest_.first(end));
    address.params = address.uri;
    take_until(address.params, ';');
  }
  rest_ = rest_.subspan(end);
  return true;
}

bool ParamList::next(Bytes& name, Bytes& value) noexcept {
  while (!rest_.empty()) {
    size_t end = 0;
    while (end < rest_.size() && rest_[end] != separator_) {
      const bool quote = rest_[end] == '"' && !no_more_quotes_;
      const size_t closed = quote ? quoted_end(rest_, end) : kNoOctet;
      no_more_quotes_ = no_more_quotes_ || (quote && closed == kNoOctet);
      end = closed == kNoOctet ? end + 1 : closed;
    }
    value = trimmed(rest_.first(end));
    rest_ = end == rest_.size() ? Bytes() : rest_.subspan(end + 1);
    name = trimmed(take_until(value, '='));
    value = trimmed(value);
    if (!name.empty()) return true;
  }
  return false;
}

std::optional<Bytes> find_param(Bytes params, std::string_view name, uint8_t separator) noexcept {
  ParamList list(params, separator);
  Bytes found;
  Bytes value;
  while (list.next(found, value))
    if (is_word(found, name)) return value;
  return std::nullopt;
}

size_t write_unquoted(Bytes text, MutableBytes room) noexcept {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  const Bytes inside = quoted ? text.subspan(1, text.size() - 2) : text;
  size_t written = 0;
  for (size_t i = 0; i < inside.size(); ++i) {
    if (quoted && inside[i] == '\\' && i + 1 < inside.size()) ++i;
    room[written++] = inside[i];
  }
  return written;
}

Bytes tag_of(Bytes value) noexcept {
  AddressList list(value);
  Address address;
  return list.next(address) ? find_param(address.params, "tag").value_or(Bytes()) : Bytes();
}

Bytes branch_of(Bytes via) noexcept {
  Bytes top = take_until(via, ',');
  take_until(top, ';');
  return find_param(top, "branch").value_or(Bytes());
}

}  // namespace lictor::sip
