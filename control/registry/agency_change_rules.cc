#include "control/registry/agency_change_rules.h"

#include <google/protobuf/util/message_differencer.h>

namespace lictor::control {
namespace {

using Differencer = google::protobuf::util::MessageDifferencer;

// Without what changes nobody's rights.
v1::DeliveryProfile guarded_of(const v1::DeliveryProfile& profile) {
  v1::DeliveryProfile left = profile;
  left.clear_li_ps_version();
  left.clear_ip_access_version();
  left.clear_timestamp_form();
  left.clear_local_time();
  left.clear_keepalive_idle_s();
  left.clear_keepalive_wait_s();
  left.clear_keepalive_off();
  left.clear_keepalive_style();
  left.clear_cin_policy();
  left.clear_number_series();
  left.clear_encoding();
  left.clear_confirm();
  left.clear_transport();
  left.clear_test_liid();
  left.clear_agency_alarms();
  left.clear_pacing();
  left.clear_connections();
  left.clear_aggregation();
  if (left.has_pcapng()) {
    left.mutable_pcapng()->clear_file_kib();
    left.mutable_pcapng()->clear_file_seconds();
  }
  return left;
}

}  // namespace

std::vector<std::string> guarded_changes(const v1::Agency& before, const v1::Agency& after) {
  std::vector<std::string> fields;
  v1::Agency old_places;
  v1::Agency new_places;
  *old_places.mutable_destinations() = before.destinations();
  *new_places.mutable_destinations() = after.destinations();
  if (!Differencer::Equals(old_places, new_places)) fields.emplace_back("destinations");
  const v1::DeliveryProfile old_profile = guarded_of(before.profile());
  const v1::DeliveryProfile new_profile = guarded_of(after.profile());
  const google::protobuf::Descriptor* const descriptor = v1::DeliveryProfile::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    Differencer differencer;
    differencer.set_message_field_comparison(Differencer::EQUIVALENT);  // an empty part is one that is not there
    const std::vector<const google::protobuf::FieldDescriptor*> one = {descriptor->field(i)};
    if (!differencer.CompareWithFields(old_profile, new_profile, one, one))
      fields.push_back("profile." + descriptor->field(i)->name());
  }
  return fields;
}

}  // namespace lictor::control
