// Any octets as a SIP message: every view lies in it, a message that is written again as what was read of it reads as
// the same, names have forms within their bounds, and what follows a message changes nothing of it.
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/session/sip/address_list.h"
#include "dataplane/session/sip/body.h"
#include "dataplane/session/sip/name_index.h"

namespace {

using namespace lictor;
using namespace lictor::sip;

void check_inside(Bytes part, Bytes whole) {
  if (part.empty()) return;
  LICTOR_CHECK(part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_views(const Message& message, Bytes datagram) {
  for (const Bytes part : {message.octets, message.body, message.method_name, message.request_uri})
    check_inside(part, datagram);
  check_inside(message.body, message.octets);
  for (const Bytes value : message.first) check_inside(value, datagram);
  for (const HeaderLine& line : message.repeated.all()) {
    check_inside(line.value, datagram);
    LICTOR_CHECK(may_repeat(line.header) && message.has(line.header));
  }
  LICTOR_CHECK(message.is_request == (message.status == 0) && message.is_request == !message.request_uri.empty());
  check_inside(tag_of(message.field(Header::kFrom)), datagram);
  check_inside(branch_of(message.field(Header::kVia)), datagram);
  (void)read_cseq(message.field(Header::kCSeq));
}

void check_names(const Message& message, Bytes datagram) {
  static const NumberPlan plan{.country_code = "49",
                               .international_prefixes = {"00"},
                               .trunk_prefix = "0",
                               .bare = BareNumber::kNational,
                               .contexts = {"example.org"}};
  static const auto index = *NameIndex::make(std::vector<TargetName>{{IdentityKind::kSipUri, "a@b"},
                                                                     {IdentityKind::kSipUser, "a"},
                                                                     {IdentityKind::kTelUri, "+1"},
                                                                     {IdentityKind::kTelUri, "+493012*"}},
                                             {.low = 1, .high = 2});
  FoundIdentities found;
  find_identities(message, {true, true, true, true}, found);
  NameForms forms;
  for (const FoundIdentity& identity : found.all.all()) {
    check_inside(identity.uri.whole, datagram);
    if (identity.role == IdentityRole::kAuthenticated) continue;
    write_name_forms(identity.uri, plan, forms);
    LICTOR_CHECK(forms.user_bytes <= kIdentityBytesMax && forms.address_bytes <= kIdentityBytesMax);
    LICTOR_CHECK(forms.address_bytes == 0 || forms.room[forms.user_bytes] == '@');
    LICTOR_CHECK(!forms.number || (forms.number->bytes >= 2 && forms.number->text[0] == '+'));
  }
  NameMatches matches;
  match_names(found, plan, *index, matches);
  for (const NameMatch& match : matches.all()) LICTOR_CHECK(match.name < index->size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes datagram(data, size);
  Message message;
  const MessageError error = parse_message(datagram, message);
  if (error != MessageError::kNone && error != MessageError::kHeadersCut) {
    LICTOR_CHECK(message.present == 0 && message.octets.empty());
    return 0;
  }
  check_views(message, datagram);
  check_names(message, datagram);
  BodyDescriptions found;
  find_descriptions(message, found);
  for (const Bytes sdp : found.sdp.all()) check_inside(sdp, message.body);
  if (error != MessageError::kNone || message.body_cut || !message.content_length) return 0;
  std::vector<uint8_t> longer(message.octets.begin(), message.octets.end());
  longer.insert(longer.end(), {'\r', '\n', 'x'});
  Message again;
  LICTOR_CHECK(parse_message(longer, again) == MessageError::kNone);
  LICTOR_CHECK(as_text(again.octets) == as_text(message.octets) && as_text(again.body) == as_text(message.body));
  LICTOR_CHECK(again.present == message.present && again.header_lines == message.header_lines);
  return 0;
}
