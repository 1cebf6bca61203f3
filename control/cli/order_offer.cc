#include "control/cli/order_offer.h"

#include <fmt/format.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>

#include "control/cli/agency_view.h"
#include "control/cli/profile_texts.h"
#include "control/cli/table.h"
#include "control/cli/words.h"
#include "control/fleet/order.h"
#include "control/registry/address.h"
#include "control/registry/agency_rules.h"
#include "control/registry/blind_entry.h"
#include "control/registry/hex.h"
#include "control/registry/liid.h"
#include "control/registry/selector.h"
#include "control/registry/time_text.h"
#include "dataplane/base/bytes.h"
#include "dataplane/trust/sha256.h"

namespace lictor::control::cli {
namespace {

// Approvals that a warrant can have. A greater version would make every later order of it an old one.
constexpr uint64_t kVersionMax = 1'000'000;

Status unsigned_because(const std::string& why) {
  return absl::FailedPreconditionError(fmt::format("order.{}; nothing is signed", why));
}

Result<v1::Order> read(const std::string& octets) {
  v1::Order order;
  if (!order.ParseFromString(octets)) return unsigned_because("octets: cannot be read");
  const size_t bytes = order.ByteSizeLong();
  order.DiscardUnknownFields();
  if (order.ByteSizeLong() != bytes) return unsigned_because("octets: say more than this lictorctl understands");
  return order;
}

// make_order takes checked warrants: lictord's word for that is not enough.
bool is_readable(const v1::Warrant& warrant) {
  return parse_liid(warrant.liid()).ok() && parse_time(warrant.start()).ok() && parse_time(warrant.end()).ok() &&
         std::ranges::all_of(warrant.targets(), [](const auto& t) { return parse_selector(t.selector()).ok(); }) &&
         std::ranges::all_of(warrant.exclusions(), [](const auto& text) { return parse_prefix(text).ok(); });
}

// The fields in which two orders differ.
std::string differences(const v1::Order& one, const v1::Order& other) {
  std::string names;
  const google::protobuf::Descriptor* const descriptor = v1::Order::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    google::protobuf::util::MessageDifferencer differencer;
    const std::vector<const google::protobuf::FieldDescriptor*> field = {descriptor->field(i)};
    if (!differencer.CompareWithFields(one, other, field, field))
      names += (names.empty() ? "" : ", ") + descriptor->field(i)->name();
  }
  return names.empty() ? "octets" : names;
}

std::string whole_place_of(const v1::Agency& agency, const v1::Destination& destination) {
  const std::string place = place_of(agency, destination);
  if (destination.kind() != v1::DESTINATION_KIND_PCAPNG) return place;
  return place + ", files for " + seen_digest(agency.profile().pcapng().certificates());
}

std::string proofs_text(const v1::IntegrityProfile& integrity) {
  std::string text = integrity_text(integrity);
  if (!integrity.on()) return text;
  if (integrity.signature_covers() != v1::SIGNATURE_COVERS_UNSPECIFIED)
    text += ", signatures over " + word_of(kSignatureCovers, integrity.signature_covers());
  return integrity.before_encryption() ? text + ", before encryption" : text;
}

}  // namespace

Status follows(const OrderOffer& offer) {
  const Result<v1::Order> order = read(offer.octets);
  if (!order.ok()) return order.status();
  if (!is_readable(offer.warrant) || offer.warrant.agency_id() != offer.agency.id())
    return unsigned_because("warrant_id: its warrant cannot be read");
  if (order->version() == 0 || order->version() > kVersionMax) return unsigned_because("version: can be none");
  const std::string made = make_order(offer.warrant, offer.agency, order->fleet_id(), order->version());
  if (made == offer.octets) return absl::OkStatus();
  v1::Order ours;
  if (!ours.ParseFromString(made)) return unsigned_because("octets: cannot be made anew");
  return unsigned_because(differences(*order, ours) + ": not what the warrant and the agency say that are shown");
}

Status agrees(const OrderOffer& offer, const std::string& warrant_id, const v1::BlindEntry& entry) {
  if (Status status = follows(offer); !status.ok()) return status;
  if (offer.warrant.id() != warrant_id) return unsigned_because("warrant_id: is another warrant's");
  const std::vector<std::string> fields = disagreeing_fields(offer.warrant, offer.agency, entry);
  if (fields.empty()) return absl::OkStatus();
  std::string names;
  for (const std::string& field : fields) names += (names.empty() ? "" : ", ") + field;
  return unsigned_because(names + ": not what was entered");
}

std::vector<std::pair<std::string, std::string>> unentered(const OrderOffer& offer) {
  const v1::Warrant& warrant = offer.warrant;
  const v1::Agency& agency = offer.agency;
  const v1::DeliveryProfile& profile = agency.profile();
  const Result<v1::Order> order = read(offer.octets);
  std::vector<std::pair<std::string, std::string>> texts = {{"order of", warrant.id()}};
  if (order.ok()) {
    texts.emplace_back("fleet", order->fleet_id());
    texts.emplace_back("version", std::to_string(order->version()));
  }
  texts.emplace_back("from", warrant.start());
  texts.emplace_back("location", warrant.location() ? "is told" : "");
  texts.emplace_back("redirected calls", warrant.redirected_calls() ? "are followed" : "");
  texts.emplace_back("content is", warrant.link_layer() == v1::LINK_LAYER_L2CC ? "whole frames (L2CC)" : "");
  for (const v1::Delivery& delivery : warrant.deliveries())
    for (const std::string& id : {delivery.hi2_destination_id(), delivery.hi3_destination_id()})
      if (const v1::Destination* destination = find_destination(agency, id))
        texts.emplace_back("goes to", fmt::format("{}/{} {}: {}", agency.id(), id,
                                                  interface_text(destination->kind(), destination->interface()),
                                                  whole_place_of(agency, *destination)));
  texts.emplace_back("security", security_text(profile));
  texts.emplace_back("encryption", encryption_text(profile.encryption()));
  texts.emplace_back("integrity", proofs_text(profile.integrity()));
  texts.emplace_back("countries", warrant.authorization_country() + ", " + warrant.delivery_country());
  texts.emplace_back("operator", warrant.operator_id());
  texts.emplace_back("HI1 operator", warrant.hi1_operator_id());
  texts.emplace_back("user label", warrant.user_label());
  texts.emplace_back("access", word_of(kAccessTypes, warrant.internet_access_type()));
  texts.emplace_back("HI1 names the target", profile.hi1_target_information() ? "yes" : "");
  texts.emplace_back("signalling messages", profile.raw_aaa() ? "are delivered" : "");
  for (auto& [name, text] : texts) text = printable(std::move(text));
  return texts;
}

std::string seen_digest(const std::string& octets) {
  const Sha256 digest = sha256_digest(as_bytes(octets));
  return hex_of(std::string(digest.begin(), digest.end()));
}

}  // namespace lictor::control::cli
