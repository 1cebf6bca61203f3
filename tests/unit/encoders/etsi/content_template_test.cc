// The template's records are asn1c's records, byte for byte, for every width of every field that is patched; with wide
// lengths they are what is made of those.

#include "encoders/etsi/content_template.h"

#include <gtest/gtest.h>

#include <random>
#include <tuple>

#include "encoders/etsi/etsi_encoder.h"
#include "encoders/etsi/wide_lengths.h"
#include "parameters.h"

namespace lictor {
namespace {

// An IPv6 header and the longest payload that it can tell of.
constexpr size_t kPacketBytesMax = 65'575;

std::vector<uint8_t> wide(Bytes der) {
  std::vector<uint8_t> out(2 * der.size() + 256);
  out.resize(write_wide(der, out));
  return out;
}

std::vector<uint8_t> by_asn1c(const EtsiTaskParameters& parameters, const ContentRecord& record, uint32_t number) {
  const asn1::PsPduPtr pdu = make_content_pdu(parameters, record, number);
  std::vector<uint8_t> out(record.packet.size() + 4096);
  char error[256];
  size_t error_length = sizeof error;
  EXPECT_EQ(asn_check_constraints(&asn_DEF_PsPdu, pdu.get(), error, &error_length), 0) << error;
  out.resize(asn1::encode_der(*pdu, out));
  return parameters.lengths == Lengths::kWide ? wide(out) : out;
}

std::vector<uint8_t> by_template(const ContentTemplate& content, const ContentRecord& record, uint32_t number) {
  std::vector<uint8_t> out(record.octets() + ContentTemplate::kOverheadMax, 0xee);
  out.resize(content.write(record, number, out.data()));
  return out;
}

std::vector<uint8_t> packet_of(size_t length) {
  std::vector<uint8_t> packet(length);
  for (size_t i = 0; i < length; ++i) packet[i] = static_cast<uint8_t>(i * 7);
  return packet;
}

// Any form of media, or none.
std::optional<MediaForm> media_of(size_t step) {
  static const std::vector<uint8_t> stream(MediaForm::kStreamBytesMax, 'm');
  if (step % 3 != 0) return std::nullopt;
  constexpr size_t kStreams[] = {0, 1, 127, 128, MediaForm::kStreamBytesMax};
  return MediaForm{.frame = static_cast<MediaFrame>(step % 8),
                   .protocol = static_cast<MediaProtocol>(step / 3 % 3),
                   .stream = Bytes(stream).first(kStreams[step / 3 % std::size(kStreams)])};
}

// UTC where it is empty.
struct Form {
  TimestampForm form;
  std::string zone;
  Lengths lengths = Lengths::kShortest;
};
// Of every width; 0: the task's own.
const uint32_t kCins[] = {0, 1, 0x7f, 0x80, 0x7fff, 0x8000, 0x7fffff, 0x800000, 0x7fffffff, 0x80000000, UINT32_MAX};

const Form kForms[] = {{TimestampForm::kMicrosecond, ""},
                       {TimestampForm::kGeneralized, ""},
                       {TimestampForm::kGeneralized, "Europe/Vienna"},
                       {TimestampForm::kGeneralized, "America/St_Johns"},
                       {TimestampForm::kMicrosecond, "", Lengths::kWide},
                       {TimestampForm::kGeneralized, "Europe/Vienna", Lengths::kWide}};

class ContentTemplateForms : public testing::TestWithParam<std::tuple<Form, uint8_t, size_t, size_t>> {
 protected:
  static EtsiTaskParameters parameters() {
    EtsiTaskParameters parameters = test_parameters();
    const Form& form = std::get<0>(GetParam());
    parameters.timestamp_form = form.form;
    parameters.lengths = form.lengths;
    if (!form.zone.empty()) parameters.local_time = *LocalTime::in_zone(form.zone);
    parameters.ip_access_version = std::get<1>(GetParam());
    parameters.liid = std::string(std::get<2>(GetParam()), 'L');
    parameters.interception_point_id = std::string(std::get<3>(GetParam()), 'P');
    return parameters;
  }
};

// Several packets in one record, of every width around those of the lengths, their sum and their number.
TEST_P(ContentTemplateForms, AggregatesEqualAsn1c) {
  const EtsiTaskParameters task = parameters();
  const ContentTemplate content(task);
  std::mt19937 random(1);
  for (const size_t count : {1U, 2U, 3U, 7U, 256U}) {
    for (const size_t longest : {1U, 100U, 130U, 300U, 1500U}) {
      std::vector<std::vector<uint8_t>> packets;
      std::vector<ContentRecord> records;
      const uint32_t cin = kCins[random() % std::size(kCins)];
      for (size_t i = 0; i < count; ++i) packets.push_back(packet_of(random() % longest));
      for (size_t i = 0; i < count; ++i) {
        records.push_back({.packet = packets[i],
                           .whole_bytes = static_cast<uint32_t>(packets[i].size() + random() % 2 * 1000),
                           .arrival = {static_cast<int64_t>(random()) * 977'001},
                           .direction = static_cast<Direction>(random() % 3),
                           .cin = cin,
                           .is_frame = random() % 4 == 0,
                           .media = media_of(random())});
      }
      std::vector<uint8_t> payloads;
      for (const ContentRecord& record : records) {
        std::vector<uint8_t> one(record.octets() + ContentTemplate::kPayloadOverheadMax);
        one.resize(content.write_payload(record, one.data()));
        payloads.insert(payloads.end(), one.begin(), one.end());
      }
      std::vector<uint8_t> ours(payloads.size() + ContentTemplate::kOverheadMax);
      ours.resize(content.write_aggregate(payloads, records.back().arrival, cin, 70'000, ours.data()));
      const asn1::PsPduPtr pdu = make_aggregate_pdu(task, records, 70'000);
      std::vector<uint8_t> theirs(payloads.size() + 8192);
      theirs.resize(asn1::encode_der(*pdu, theirs));
      if (task.lengths == Lengths::kWide) theirs = wide(theirs);
      ASSERT_EQ(ours, theirs) << count << " packets of up to " << longest;
    }
  }
}

// Every packet length around each place where a length of one of the nested levels becomes wider, and every width of
// the number, the seconds and the microseconds.
TEST_P(ContentTemplateForms, EqualsAsn1cForEveryWidthOfEveryField) {
  const EtsiTaskParameters task = parameters();
  const ContentTemplate content(task);
  std::vector<size_t> lengths = {0, 1, 20, 40, 1000, 1500, 9000, kPacketBytesMax};
  for (size_t length = 60; length < 260; ++length) lengths.push_back(length);
  for (size_t length = 65'400; length < 65'540; ++length) lengths.push_back(length);
  const std::vector<uint32_t> numbers = {0,        0x7f,     0x80,       0x7fff,     0x8000,
                                         0x7fffff, 0x800000, 0x7fffffff, 0x80000000, UINT32_MAX};
  const std::vector<int64_t> times = {0,
                                      127'000,
                                      128'000,
                                      32'767'000,
                                      32'768'000,
                                      999'999'999,
                                      1'763'700'000'123'456'789,
                                      0x7fffffff * kNanosecondsPerSecond,
                                      0x80000000 * kNanosecondsPerSecond + 5'000'000};
  const std::vector<uint8_t> packet = packet_of(kPacketBytesMax);
  size_t step = 0;
  for (const size_t length : lengths) {
    for (size_t i = 0; i < numbers.size(); ++i, ++step) {
      const ContentRecord record{.packet = Bytes(packet).first(length),
                                 .whole_bytes = static_cast<uint32_t>(length + (step % 3 == 0 ? 77 : 0)),
                                 .arrival = {times[step % times.size()]},
                                 .direction = static_cast<Direction>(step % 3),
                                 .cin = kCins[step % std::size(kCins)],
                                 .is_frame = step % 2 == 1,
                                 .media = media_of(step)};
      ASSERT_EQ(by_template(content, record, numbers[i]), by_asn1c(task, record, numbers[i]))
          << "packet of " << length << ", number " << numbers[i] << ", time " << record.arrival.unix_ns << ", CIN "
          << record.cin;
    }
  }
}

// Around each place where the header's lengths or the record's become wider with the CIN.
TEST_P(ContentTemplateForms, EqualsAsn1cForEveryWidthOfTheCin) {
  const EtsiTaskParameters task = parameters();
  const ContentTemplate content(task);
  const std::vector<uint8_t> packet = packet_of(300);
  for (const uint32_t cin : kCins) {
    for (size_t length = 0; length <= packet.size(); ++length) {
      const ContentRecord record{.packet = Bytes(packet).first(length),
                                 .whole_bytes = static_cast<uint32_t>(length),
                                 .arrival = {1'763'700'000'123'456'789},
                                 .direction = Direction::kToTarget,
                                 .cin = cin};
      ASSERT_EQ(by_template(content, record, 300), by_asn1c(task, record, 300)) << length << ", CIN " << cin;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Forms, ContentTemplateForms,
                         testing::Combine(testing::ValuesIn(kForms), testing::Values(uint8_t{10}, uint8_t{18}),
                                          testing::Values(size_t{1}, size_t{25}),
                                          testing::Values(size_t{0}, size_t{8})));

TEST(ContentTemplate, EqualsAsn1cForRandomRecords) {
  std::mt19937 random(1);
  const EtsiTaskParameters task = test_parameters();
  const ContentTemplate content(task);
  const std::vector<uint8_t> packet = packet_of(9000);
  for (int i = 0; i < 20'000; ++i) {
    const size_t length = random() % 2 == 0 ? random() % 300 : random() % packet.size();
    const ContentRecord record{.packet = Bytes(packet).first(length),
                               .whole_bytes = static_cast<uint32_t>(length),
                               .arrival = {static_cast<int64_t>(random() % 4'000'000'000) * kNanosecondsPerSecond / 2 +
                                           static_cast<int64_t>(random() % 500'000'000)},
                               .direction = static_cast<Direction>(random() % 3),
                               .cin = static_cast<uint32_t>(random() >> random() % 32),
                               .is_frame = random() % 2 == 0,
                               .media = media_of(random())};
    const auto number = static_cast<uint32_t>(random() >> random() % 32);
    ASSERT_EQ(by_template(content, record, number), by_asn1c(task, record, number));
  }
}

// Europe/Vienna, 2026, a second around each change of the clocks, in any order.
TEST(ContentTemplate, FollowsAZoneThroughItsTransitions) {
  EtsiTaskParameters task = test_parameters();
  task.timestamp_form = TimestampForm::kGeneralized;
  task.local_time = *LocalTime::in_zone("Europe/Vienna");
  const ContentTemplate content(task);
  const std::vector<uint8_t> packet = packet_of(40);
  const std::pair<int64_t, std::string> cases[] = {
      {1'774'745'999, "20260329015959.75+0100"}, {1'774'746'000, "20260329030000.75+0200"},
      {1'774'745'999, "20260329015959.75+0100"}, {1'792'889'999, "20261025025959.75+0200"},
      {1'792'890'000, "20261025020000.75+0100"}, {1'792'889'999, "20261025025959.75+0200"}};
  for (const auto& [unix_s, text] : cases) {
    const ContentRecord record{.packet = packet,
                               .whole_bytes = 40,
                               .arrival = {unix_s * kNanosecondsPerSecond + 750'000'000},
                               .direction = Direction::kToTarget};
    const std::vector<uint8_t> octets = by_template(content, record, 7);
    EXPECT_NE(std::string(octets.begin(), octets.end()).find("\x85\x16" + text), std::string::npos) << text;
    EXPECT_EQ(octets, by_asn1c(task, record, 7)) << text;
  }
}

TEST(EtsiEncoder, WritesNothingIntoRoomThatIsTooSmall) {
  const Result<std::unique_ptr<Encoder>> encoder = make_etsi_encoder(test_parameters());
  ASSERT_TRUE(encoder.ok());
  const std::vector<uint8_t> packet = packet_of(100);
  std::vector<uint8_t> room((*encoder)->content_bytes_max(100) - 1);
  EXPECT_EQ((*encoder)->encode_content({.packet = packet, .whole_bytes = 100, .arrival = {}, .direction = {}}, 0, room),
            0u);
}

class EtsiEncoderRoom : public testing::TestWithParam<std::tuple<Lengths, PayloadEncryption>> {};

TEST_P(EtsiEncoderRoom, ThatItNeedsIsNoMoreThanItSays) {
  EtsiTaskParameters parameters = test_parameters();
  parameters.liid = std::string(25, 'L');
  parameters.operator_id = std::string(16, 'O');
  parameters.network_element_id = std::string(16, 'N');
  parameters.interception_point_id = std::string(8, 'P');
  parameters.cin = UINT32_MAX;
  parameters.ip_access_version = 18;
  parameters.timestamp_form = TimestampForm::kGeneralized;
  parameters.local_time = *LocalTime::at_offset(-720);
  std::tie(parameters.lengths, parameters.encryption) = GetParam();
  const Result<std::unique_ptr<Encoder>> encoder = make_etsi_encoder(parameters);
  ASSERT_TRUE(encoder.ok());
  const std::vector<uint8_t> packet = packet_of(kPacketBytesMax);
  std::vector<uint8_t> room((*encoder)->content_bytes_max(packet.size()));
  const ContentRecord record{.packet = packet,
                             .whole_bytes = UINT32_MAX,
                             .arrival = {INT64_MAX},
                             .direction = Direction::kIndeterminate,
                             .cin = UINT32_MAX};
  const size_t length = (*encoder)->encode_content(record, UINT32_MAX, room);
  EXPECT_GT(length, packet.size());
  EXPECT_LE(length, room.size());
  ContentRecord frame = record;
  frame.is_frame = true;
  EXPECT_GT((*encoder)->encode_content(frame, UINT32_MAX, room), packet.size());
  EXPECT_LE((*encoder)->encode_content(frame, UINT32_MAX, room), length);
  ContentRecord media = record;
  std::vector<uint8_t> stream(MediaForm::kStreamBytesMax + 1);
  media.media = {.frame = MediaFrame::kMsrp, .stream = Bytes(stream).first(MediaForm::kStreamBytesMax)};
  std::vector<uint8_t> more_room((*encoder)->content_bytes_max(media.octets()));
  EXPECT_GT((*encoder)->encode_content(media, UINT32_MAX, more_room), media.octets());
  media.media->stream = stream;
  more_room.push_back(0);
  EXPECT_EQ((*encoder)->encode_content(media, UINT32_MAX, more_room), 0U) << "a stream identifier beyond its bound";
  std::vector<uint8_t> payload((*encoder)->payload_bytes_max(packet.size()));
  const size_t payload_length = (*encoder)->encode_payload(record, payload);
  EXPECT_LE(payload_length, payload.size());
  room.resize((*encoder)->aggregate_bytes_max(payload_length));
  const Bytes payloads = Bytes(payload).first(payload_length);
  EXPECT_LE((*encoder)->encode_aggregate(payloads, record.arrival, UINT32_MAX, UINT32_MAX, room), room.size());
}

INSTANTIATE_TEST_SUITE_P(Forms, EtsiEncoderRoom,
                         testing::Combine(testing::Values(Lengths::kShortest, Lengths::kWide),
                                          testing::Values(PayloadEncryption::kOff, PayloadEncryption::kContainer)));

TEST(EtsiEncoder, NamesTheParameterThatIsOutOfBounds) {
  struct Case {
    const char* name;
    void (*spoil)(EtsiTaskParameters&);
  };
  for (const Case& wrong :
       {Case{"liid", [](EtsiTaskParameters& p) { p.liid.clear(); }},
        Case{"liid", [](EtsiTaskParameters& p) { p.liid = std::string(26, 'L'); }},
        Case{"authorization_country", [](EtsiTaskParameters& p) { p.authorization_country = "at"; }},
        Case{"delivery_country", [](EtsiTaskParameters& p) { p.delivery_country = "AUT"; }},
        Case{"operator_id", [](EtsiTaskParameters& p) { p.operator_id = std::string(17, 'O'); }},
        Case{"hi1_operator_id", [](EtsiTaskParameters& p) { p.hi1_operator_id = "SIXSIX"; }},
        Case{"network_element_id", [](EtsiTaskParameters& p) { p.network_element_id.clear(); }},
        Case{"interception_point_id", [](EtsiTaskParameters& p) { p.interception_point_id = "NINECHARS"; }},
        Case{"user_label", [](EtsiTaskParameters& p) { p.user_label.clear(); }},
        Case{"internet_access_type", [](EtsiTaskParameters& p) { p.internet_access_type = 10; }},
        Case{"targets", [](EtsiTaskParameters& p) { p.targets[0].length = 33; }},
        Case{"target_information", [](EtsiTaskParameters& p) { p.target_information = std::string(257, 'x'); }},
        Case{"li_ps_version", [](EtsiTaskParameters& p) { p.li_ps_version = 128; }},
        Case{"network_id", [](EtsiTaskParameters& p) { p.network_id = std::string(129, 'x'); }},
        Case{"l2_access_version", [](EtsiTaskParameters& p) { p.l2_access_version = 0; }},
        Case{"ip_multimedia_version", [](EtsiTaskParameters& p) { p.ip_multimedia_version = 128; }},
        Case{"ip_access_version", [](EtsiTaskParameters& p) { p.ip_access_version = 0; }}}) {
    EtsiTaskParameters parameters = test_parameters();
    wrong.spoil(parameters);
    EXPECT_EQ(make_etsi_encoder(parameters).status().message(), std::string(wrong.name) + ": out of bounds");
  }
}

}  // namespace
}  // namespace lictor
