#include "dataplane/session/sip/described_types.h"

#include <optional>

#include "dataplane/base/octet_text.h"

namespace lictor::sip {
namespace {

constexpr uint8_t kComfortNoise = 13;

// RFC 3551 section 6, tables 4 and 5. 19 was comfort noise in drafts, and some call it so still.
bool has_codec(uint32_t type) {
  constexpr uint32_t kCodecMax = 34;
  constexpr uint32_t kFormerComfortNoise = 19;
  return type <= kCodecMax && type != kComfortNoise && type != kFormerComfortNoise;
}

void add_listed(const MediaStream& stream, uint8_t type, PayloadTypes& types) {
  const bool is_noise = type == kComfortNoise && stream.kind == MediaKind::kAudio;
  if (has_codec(type)) types.others.add(type);
  if (!stream.mapped.has(type)) (is_noise ? types.comfort_noise : types.others).add(type);
}

}  // namespace

void add_payload_types(const SessionDescription& description, PayloadTypes& types) noexcept {
  for (const MediaStream& stream : description.streams.all()) {
    const bool is_rtp = stream.protocol == MediaProtocol::kRtp || stream.protocol == MediaProtocol::kRtpTcp;
    if (!is_rtp) continue;  // of those without a port, too: a bundle's have none (RFC 9143)
    types.add(stream.mapped);
    for (Bytes rest = stream.formats; !rest.empty();) {
      const std::optional<uint32_t> type = read_decimal(take_word(rest), PayloadTypeSet::kTypeMax);
      if (type) add_listed(stream, static_cast<uint8_t>(*type), types);
    }
  }
}

}  // namespace lictor::sip
