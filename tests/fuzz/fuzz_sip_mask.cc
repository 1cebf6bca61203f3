// Any octets as a SIP message that is masked: what is left is a message, has no field left that would have to go, and
// is hardly longer; a policy that covers everything takes nothing but keys.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/base/octet_text.h"
#include "dataplane/session/sip/message.h"
#include "encoders/mask/sip_mask.h"

using namespace lictor;

namespace {

void check_left(Bytes whole, const SipMaskPolicy& policy) {
  const std::vector<uint8_t> left = mask_sip(whole, policy);
  LICTOR_CHECK(left.size() <= whole.size() + kMaskGrowth);
  sip::Message message;
  if (sip::parse_message(whole, message) != sip::MessageError::kNone || left.empty()) return;
  LICTOR_CHECK(sip::parse_message(left, message) == sip::MessageError::kNone);
  LICTOR_CHECK(message.octets.size() == left.size() && !message.body_cut && !message.length_contradicts);
  using enum sip::Header;
  if (!policy.content) LICTOR_CHECK(!message.has(kSubject));
  if (!policy.location)
    LICTOR_CHECK(!message.has(kAccessNetworkInfo) && !message.has(kGeolocation) && !message.has(kCellularNetworkInfo));
  if (policy.content || !message.is_request) return;
  const bool talks = message.method == sip::Method::kMessage || message.method == sip::Method::kInfo;
  LICTOR_CHECK(!talks || message.body.empty());
}

bool has_credentials(Bytes whole) {
  constexpr std::string_view kWord = "auth";
  for (size_t at = 0; at + kWord.size() <= whole.size(); ++at)
    if (is_word(whole.subspan(at, kWord.size()), kWord)) return true;
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes whole(data, size);
  for (const bool content : {false, true})
    for (const bool location : {false, true})
      if (!content || !location) check_left(whole, {.content = content, .location = location});
  const std::vector<uint8_t> all = mask_sip(whole, {.content = true, .location = true});
  LICTOR_CHECK(all.size() <= whole.size() && (has_credentials(whole) || std::ranges::equal(all, whole)));
  return 0;
}
