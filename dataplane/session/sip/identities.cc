#include "dataplane/session/sip/identities.h"

#include <algorithm>

#include "dataplane/base/octet_text.h"
#include "dataplane/session/sip/address_list.h"

namespace lictor::sip {
namespace {

// The identities of one header field, in its lines, as far as it has places.
class FieldReader {
 public:
  FieldReader(IdentityRole role, FoundIdentities& found) : role_(role), found_(found) {}

  void add_uri(Bytes text) {
    FoundIdentity* const place = next_place();
    if (place == nullptr) return;
    const UriError error = parse_call_uri(text, place->uri);
    if (error == UriError::kNone) return;
    give_back();
    if (error != UriError::kOtherScheme) count_up(found_.odd);
  }

  void add_addresses(Bytes value) {
    AddressList list(value);
    Address address;
    while (list.next(address)) add_uri(address.uri);
    if (list.odd() > 0) count_up(found_.odd);
  }

  // Digest alone has a name that is one (RFC 3261 section 22.4); other schemes have none, or hide it.
  void add_credentials(Bytes value) {
    if (!is_word(take_word(value), "digest")) return;
    const std::optional<Bytes> name = find_param(value, "username", ',');
    if (!name || name->empty()) return;
    FoundIdentity* const place = next_place();
    if (place == nullptr) return;
    place->uri = {.whole = *name, .user = *name, .has_user = true};
    place->nonce = find_param(value, "nonce", ',').value_or(Bytes());
  }

 private:
  FoundIdentity* next_place() {
    if (taken_ == kFieldIdentitiesMax) {
      count_up(found_.all.beyond);
      return nullptr;
    }
    FoundIdentity* const place = found_.all.next_place();
    if (place == nullptr) return nullptr;
    ++taken_;
    place->role = role_;
    return place;
  }
  void give_back() {
    --taken_;
    --found_.all.count;
  }

  IdentityRole role_;
  FoundIdentities& found_;
  size_t taken_ = 0;
};

void add_field(const Message& message, Header header, IdentityRole role, FoundIdentities& found) {
  FieldReader field(role, found);
  message.for_each(header, [&field](Bytes value) { field.add_addresses(value); });
}

void add_credentials(const Message& message, Header header, FoundIdentities& found) {
  FieldReader field(IdentityRole::kAuthenticated, found);
  message.for_each(header, [&field](Bytes value) { field.add_credentials(value); });
}

// What a dialled number would be, before the plan is asked: most users' names are none.
bool may_be_number(Bytes user) {
  return !user.empty() && (user[0] == '+' || user[0] == '(' || is_digit_octet(user[0])) && is_digit_octet(user.back());
}

}  // namespace

CallSide side_of(IdentityRole role) noexcept {
  switch (role) {
    case IdentityRole::kRequestUri:
    case IdentityRole::kCalledParty:
    case IdentityRole::kTo:
      return CallSide::kCalled;
    case IdentityRole::kDiversion:
    case IdentityRole::kHistory:
    case IdentityRole::kReferrer:
      return CallSide::kDiverting;
    default:
      return CallSide::kCalling;
  }
}

void find_identities(const Message& message, const IdentityTrust& trust, FoundIdentities& found) noexcept {
  found.all.clear();
  found.odd = 0;
  if (message.is_request) FieldReader(IdentityRole::kRequestUri, found).add_uri(message.request_uri);
  add_field(message, Header::kCalledParty, IdentityRole::kCalledParty, found);
  add_field(message, Header::kTo, IdentityRole::kTo, found);
  if (trust.trusted_sender) {
    add_field(message, Header::kAsserted, IdentityRole::kAsserted, found);
    add_field(message, Header::kRemoteParty, IdentityRole::kRemoteParty, found);
    add_field(message, Header::kDiversion, IdentityRole::kDiversion, found);
    add_field(message, Header::kHistoryInfo, IdentityRole::kHistory, found);
  }
  if (trust.from) add_field(message, Header::kFrom, IdentityRole::kFrom, found);
  if (trust.preferred) add_field(message, Header::kPreferred, IdentityRole::kPreferred, found);
  if (trust.authenticated) {
    add_credentials(message, Header::kAuthorization, found);
    add_credentials(message, Header::kProxyAuthorization, found);
  }
  if (trust.trusted_sender) add_field(message, Header::kReferredBy, IdentityRole::kReferrer, found);
}

void write_name_forms(const CallUri& uri, const NumberPlan& plan, NameForms& forms) noexcept {
  forms.user_bytes = forms.address_bytes = 0;
  forms.number.reset();
  if (uri.user.empty() || uri.user.size() > kIdentityBytesMax) return;
  const MutableBytes room = MutableBytes(forms.room).first(kIdentityBytesMax);
  const Bytes meant = Bytes(room).first(write_unescaped(uri.user, room));
  const std::optional<Bytes> context = uri_param(uri.user_params, "phone-context");
  const bool is_tel = uri.scheme == UriScheme::kTel;
  if (is_tel || may_be_number(meant)) forms.number = global_number(plan, meant, context);
  if (is_tel) return;
  const size_t user = write_user_form(uri.user, room);
  forms.user_bytes = user;
  if (user == 0 || user + 1 + uri.host.size() > kIdentityBytesMax) return;
  room[user] = '@';
  const size_t host = write_host_form(uri.host, room.subspan(user + 1));
  if (host != 0) forms.address_bytes = user + 1 + host;
}

}  // namespace lictor::sip
