#include "dataplane/session/sip/nonce_memory.h"

#include <array>

#include "dataplane/base/octet_text.h"
#include "dataplane/session/sip/address_list.h"

namespace lictor::sip {
namespace {

constexpr uint64_t kNonceWord = 0x6e6f6e6365;  // tells its hashes from others of the same key

bool is_challenge(const Message& message) { return message.status == 401 || message.status == 407; }
bool is_taken(const Message& message) { return message.status >= 200 && message.status < 300; }

// Of "Digest nonce", which a challenge may begin with, "nonce".
Bytes last_word(Bytes name) {
  size_t at = name.size();
  while (at > 0 && !is_blank_octet(name[at - 1])) --at;
  return name.subspan(at);
}

}  // namespace

bool NonceMemory::is_issuing(const Message& message) noexcept {
  if (message.is_request) return false;
  if (is_challenge(message)) return message.has(Header::kAuthenticate) || message.has(Header::kProxyAuthenticate);
  return is_taken(message) &&
         (message.has(Header::kAuthenticationInfo) || message.has(Header::kProxyAuthenticationInfo));
}

// Lines with several challenges have a nonce for each.
void NonceMemory::hear(const Message& message, uint16_t source_set, PacketTime now) noexcept {
  size_t heard = 0;
  const auto take = [&](Header header, std::string_view param) {
    message.for_each(header, [&](Bytes value) {
      ParamList params(value, ',');
      Bytes name;
      Bytes nonce;
      while (heard < kOfMessageMax && params.next(name, nonce)) {
        if (!is_word(last_word(name), param)) continue;
        ++heard;
        if (const uint64_t hash = hash_of(nonce, source_set); hash != 0) issued_.put(hash, now);
      }
    });
  };
  if (is_challenge(message)) {
    take(Header::kAuthenticate, "nonce");
    take(Header::kProxyAuthenticate, "nonce");
  } else if (is_taken(message)) {
    take(Header::kAuthenticationInfo, "nextnonce");
    take(Header::kProxyAuthenticationInfo, "nextnonce");
  }
}

bool NonceMemory::is_issued(Bytes nonce, uint16_t source_set) const noexcept {
  const uint64_t hash = hash_of(nonce, source_set);
  return hash != 0 && (issued_.find(hash) || used_.find(hash));
}

void NonceMemory::keep(Bytes nonce, uint16_t source_set, PacketTime now) noexcept {
  if (const uint64_t hash = hash_of(nonce, source_set); hash != 0) used_.put(hash, now);
}

// Of what it means, however it is quoted and escaped. 0: it is none.
uint64_t NonceMemory::hash_of(Bytes nonce, uint16_t source_set) const noexcept {
  std::array<uint8_t, kNonceBytesMax> room;
  if (nonce.size() > room.size()) return 0;
  const Bytes meant = Bytes(room).first(write_unquoted(nonce, room));
  if (meant.empty()) return 0;
  const std::array<uint64_t, 2> words = {kNonceWord, source_set};
  const uint64_t hash = sip_hash(key_, words, meant).low;
  return hash == 0 ? 1 : hash;
}

}  // namespace lictor::sip
