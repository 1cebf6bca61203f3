#include "encoders/files/pcapng_encoder.h"

#include <fmt/format.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "encoders/files/file_record.h"
#include "encoders/files/pcapng_blocks.h"

namespace lictor {
namespace {

// The same task of the same dataplane has the same chain in every process.
ChainId chain_of(const PcapngParameters& parameters) {
  const std::string text =
      fmt::format("lictor pcapng chain\n{}\n{}", parameters.network_element_id, parameters.xid.to_string());
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(), digest.data());
  ChainId chain;
  std::copy_n(digest.begin(), chain.size(), chain.begin());
  return chain;
}

struct EventText {
  const char* name;
  const char* message;
};

EventText text_of(EventKind kind) {
  switch (kind) {
    case EventKind::kCinReset:
      return {"numbers-restarted", "Numbers of this series begin anew"};
    case EventKind::kActivated:
      return {"activated", "Interception activated"};
    case EventKind::kModified:
      return {"modified", "Interception modified"};
    case EventKind::kDeactivated:
      return {"deactivated", "Interception deactivated"};
    case EventKind::kAlarm:
      return {"alarm", ""};
    case EventKind::kSessionActiveAtStart:
      return {"session-at-start", "Session was active when the interception started"};
    case EventKind::kSessionActiveAtEnd:
      return {"session-at-end", "Session was active when the interception ended"};
    case EventKind::kTestPdu:
      return {"test", "Test of the handover"};
    case EventKind::kOperatorError:
      return {"operator-error", ""};
    case EventKind::kOperatorNote:
      return {"operator-note", ""};
    case EventKind::kSession:
      return {"session", "Signalling of a session"};
    case EventKind::kCall:
      return {"call", "Signalling of a call"};
  }
  return {"unknown", ""};
}

// A line of a journal entry ends its field.
std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' '; }, ' ');
  return text;
}

class PcapngEncoder final : public Encoder {
 public:
  PcapngEncoder(const PcapngParameters& parameters, FileFace face) : cin_(parameters.cin) {
    for (const std::string& port : parameters.ports) {
      face.interface = port;
      heads_.push_back(make_file_record_head(face));
      head_bytes_max_ = std::max(head_bytes_max_, heads_.back().size());
    }
    face.interface.clear();
    event_head_ = make_file_record_head(face);
    head_bytes_max_ = std::max(head_bytes_max_, event_head_.size());
  }

  [[nodiscard]] size_t content_bytes_max(size_t packet_bytes) const noexcept override {
    return head_bytes_max_ + packet_block_bytes_max(packet_bytes);
  }

  size_t encode_content(const ContentRecord& record, uint32_t number, MutableBytes room) noexcept override {
    // The files' interfaces are of IP packets.
    if (record.is_frame || (record.media && record.media->frame != MediaFrame::kIp)) return 0;
    const Bytes head = record.port < heads_.size() ? Bytes(heads_[record.port]) : Bytes(event_head_);
    // What was lost before this encoder's first packet only the manifest tells: it knows where the series stood.
    const uint32_t lost = next_ && number > *next_ ? number - *next_ : 0;
    next_ = number + 1;
    const size_t block = write_packet_block({.time = record.arrival,
                                             .packet = record.packet,
                                             .original_bytes = record.whole_bytes,
                                             .direction = record.direction,
                                             .id = number,
                                             .lost_before = lost},
                                            room.subspan(head.size()));
    write_file_record_head(head, {.number = number, .time = record.arrival}, block, room);
    return head.size() + block;
  }

  size_t encode_event(const EventRecord& event, uint32_t number, MutableBytes room) noexcept override {
    const EventText text = text_of(event.kind);
    const bool is_alarm = event.kind == EventKind::kAlarm || is_operator_message(event.kind);
    const std::string fields = fmt::format(
        "__REALTIME_TIMESTAMP={}\nMESSAGE={}\nPRIORITY={}\nSYSLOG_IDENTIFIER=lictor\nLICTOR_EVENT={}\n"
        "LICTOR_SERIES={}\nLICTOR_CIN={}\nLICTOR_NUMBER={}\n",
        std::max<int64_t>(event.time.unix_ns, 0) / 1000, is_alarm ? one_line(event.text) : text.message,
        is_alarm ? 4 : 6, text.name, name_of(event.series), cin_, number);
    const size_t block = write_journal_block(fields, room.subspan(event_head_.size()));
    if (block == 0) return 0;
    write_file_record_head(event_head_,
                           {.kind = FileRecordKind::kEvent,
                            .series = event.series,
                            .ends = event.kind == EventKind::kDeactivated,
                            .number = number,
                            .time = event.time},
                           block, room);
    return event_head_.size() + block;
  }

  // Its files and their manifests prove themselves: no integrity PDUs are made of it.
  [[nodiscard]] size_t check_bytes_max(const IntegrityCheck&) const noexcept override { return 0; }
  size_t encode_check(const IntegrityCheck&, uint32_t, PacketTime, MutableBytes) noexcept override { return 0; }

 private:
  const uint32_t cin_;
  std::vector<std::vector<uint8_t>> heads_;  // by port
  std::vector<uint8_t> event_head_;
  size_t head_bytes_max_ = 0;
  std::optional<uint32_t> next_;  // the number that follows the last packet's
};

}  // namespace

Result<std::unique_ptr<Encoder>> make_pcapng_encoder(const PcapngParameters& parameters) {
  FileFace face{.chain = chain_of(parameters),
                .cin = parameters.cin,
                .liid = parameters.liid,
                .operator_id = parameters.operator_id,
                .network_element_id = parameters.network_element_id,
                .interface = {}};
  std::array<uint8_t, sizeof face.run> random;
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1)
    return absl::UnavailableError("RAND_bytes: no random number is to be had");
  std::memcpy(&face.run, random.data(), sizeof face.run);
  return std::make_unique<PcapngEncoder>(parameters, std::move(face));
}

}  // namespace lictor
