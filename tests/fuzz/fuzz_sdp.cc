// Any octets as a session description: every view lies in it, bounds hold, and what is listed as endpoints can be one.
#include <cstddef>
#include <cstdint>

#include "dataplane/base/check.h"
#include "dataplane/session/sip/described_types.h"
#include "dataplane/session/sip/media_endpoints.h"

namespace {

using namespace lictor;
using namespace lictor::sip;

void check_inside(Bytes part, Bytes whole) {
  if (part.empty()) return;
  LICTOR_CHECK(part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes text(data, size);
  SessionDescription description;
  if (parse_sdp(text, description) != SdpError::kNone) return 0;
  check_inside(description.origin, text);
  if (const auto origin = read_origin(description.origin)) check_inside(origin->address, text);
  for (const MediaStream& stream : description.streams.all()) {
    for (const Bytes part : {stream.protocol_text, stream.formats, stream.path}) check_inside(part, text);
    LICTOR_CHECK(stream.ports >= 1 && !stream.protocol_text.empty());
  }
  PayloadTypes types;
  add_payload_types(description, types);
  for (uint8_t type = 0; type <= PayloadTypeSet::kTypeMax; ++type)
    LICTOR_CHECK(!types.is_comfort_noise(type) || !types.is_telephone_event(type));
  MediaEndpoints endpoints;
  list_endpoints(description, endpoints);
  const auto all = endpoints.all.all();
  for (size_t i = 0; i < all.size(); ++i) {
    LICTOR_CHECK(all[i].port != 0 && !all[i].address.is_unspecified() && all[i].stream < description.streams.count);
    for (size_t j = 0; j < i; ++j)
      LICTOR_CHECK(all[j].port != all[i].port || all[j].tcp != all[i].tcp || !(all[j].address == all[i].address));
  }
  return 0;
}
