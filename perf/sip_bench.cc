// What SIP of strangers costs one session lcore: messages of 800 octets that are read whole, with their session
// descriptions and every identity in them looked for, none of which is a target's; with ten target identities and with
// a hundred thousand.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "dataplane/session/sip/body.h"
#include "dataplane/session/sip/media_endpoints.h"
#include "dataplane/session/sip/name_index.h"

namespace {

using namespace lictor;
using namespace lictor::sip;

constexpr size_t kMessageBytes = 800;
constexpr size_t kMessages = 1 << 14;  // 13 MB, which come from a ring otherwise
constexpr size_t kManyTargets = 100'000;
constexpr size_t kFewTargets = 10;

constexpr const char* kHead =
    "%s\r\n"
    "Via: SIP/2.0/UDP 192.0.2.%u:5060;branch=z9hG4bK%08x;rport\r\n"
    "Max-Forwards: 69\r\n"
    "From: \"Subscriber %u\" <sip:+4930%07u@ims.example.org;user=phone>;tag=%08x\r\n"
    "To: <sip:user%u@ims.example.org>%s\r\n"
    "Call-ID: %08x%08x@192.0.2.%u\r\n"
    "CSeq: %u %s\r\n"
    "Contact: <sip:+4930%07u@192.0.2.%u:5060;transport=udp>\r\n"
    "P-Asserted-Identity: <sip:+4930%07u@ims.example.org>, <tel:+4930%07u>\r\n"
    "User-Agent: Gateway\r\n";

constexpr const char* kSdp =
    "v=0\r\no=- %u 1 IN IP4 198.51.100.%u\r\ns=-\r\nc=IN IP4 198.51.100.%u\r\nt=0 0\r\n"
    "m=audio %u RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=sendrecv\r\n";

template <typename... Values>
std::string written(const char* form, Values... values) {
  std::array<char, 2048> text{};
  return {text.data(), static_cast<size_t>(std::snprintf(text.data(), text.size(), form, values...))};
}

// Calls of random subscribers: an INVITE, its answer with a description, ACK and BYE, each as often.
std::string message(std::mt19937& random) {
  const auto below = [&random](unsigned bound) { return static_cast<unsigned>(random() % bound); };
  const unsigned kind = below(4);
  const unsigned caller = below(10'000'000);
  const unsigned called = below(10'000'000);
  const unsigned host = below(250) + 1;
  constexpr std::array<const char*, 4> kMethods = {"INVITE", "INVITE", "ACK", "BYE"};
  const std::string start =
      kind == 1 ? "SIP/2.0 200 OK"
                : written("%s sip:+4930%07u@ims.example.org;user=phone SIP/2.0", kMethods[kind], called);
  std::string head =
      written(kHead, start.c_str(), host, static_cast<unsigned>(random()), caller, caller,
              static_cast<unsigned>(random()), called, kind == 0 ? "" : ";tag=5fa81", static_cast<unsigned>(random()),
              static_cast<unsigned>(random()), host, below(100), kMethods[kind], caller, host, caller, caller);
  const std::string body = kind < 2 ? written(kSdp, caller, host, host, 10'000 + 2 * below(20'000)) : "";
  if (kind < 2) head += "Content-Type: application/sdp\r\n";
  const std::string end = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  constexpr std::string_view kAllow =
      "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, REFER, NOTIFY, INFO\r\n";
  if (head.size() + end.size() + body.size() + kAllow.size() < kMessageBytes) head += kAllow;
  constexpr std::string_view kFiller = "X-Filler: \r\n";
  const size_t bytes = head.size() + end.size() + body.size();
  if (bytes + kFiller.size() <= kMessageBytes)
    head += "X-Filler: " + std::string(kMessageBytes - bytes - kFiller.size(), 'x') + "\r\n";
  return head + end + body;
}

const std::vector<std::string>& messages() {
  static const std::vector<std::string> all = [] {
    std::mt19937 random(7);
    std::vector<std::string> made;
    made.reserve(kMessages);
    for (size_t i = 0; i < kMessages; ++i) made.push_back(message(random));
    return made;
  }();
  return all;
}

// Of each kind as many, and none of whom the messages tell.
const NameIndex& index_of(size_t targets) {
  static std::array<std::unique_ptr<const NameIndex>, 2> indexes;
  std::unique_ptr<const NameIndex>& one = indexes[targets == kFewTargets ? 0 : 1];
  if (one != nullptr) return *one;
  std::vector<TargetName> names;
  for (size_t i = 0; i < targets; ++i) {
    const std::string number = std::to_string(i);
    switch (i % 4) {
      case 0:
        names.push_back({IdentityKind::kSipUri, "sip:target" + number + "@ims.example.org"});
        break;
      case 1:
        names.push_back({IdentityKind::kSipUser, "target" + number});
        break;
      case 2:
        names.push_back({IdentityKind::kTelUri, "+4940" + number});
        break;
      default:
        names.push_back({IdentityKind::kImpu, "sip:target" + number + "@example.com"});
    }
  }
  one = *NameIndex::make(names, HashKey::random());
  return *one;
}

const NumberPlan& plan() {
  static const NumberPlan one{.country_code = "49", .international_prefixes = {"00"}, .trunk_prefix = "0"};
  return one;
}

void sip_parse(benchmark::State& state) {
  const std::vector<std::string>& all = messages();
  auto read = std::make_unique<Message>();
  size_t at = 0;
  for (auto unused : state) {
    benchmark::DoNotOptimize(parse_message(as_bytes(all[at]), *read));
    at = (at + 1) % all.size();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}

void match(benchmark::State& state, size_t targets) {
  const std::vector<std::string>& all = messages();
  const NameIndex& index = index_of(targets);
  auto read = std::make_unique<Message>();
  auto found = std::make_unique<FoundIdentities>();
  auto descriptions = std::make_unique<BodyDescriptions>();
  auto description = std::make_unique<SessionDescription>();
  auto endpoints = std::make_unique<MediaEndpoints>();
  NameMatches matches;
  uint64_t bytes = 0;
  uint64_t matched = 0;
  uint64_t listed = 0;
  size_t at = 0;
  for (auto unused : state) {
    const Bytes octets = as_bytes(all[at]);
    bytes += octets.size();
    at = (at + 1) % all.size();
    if (parse_message(octets, *read) != MessageError::kNone) state.SkipWithError("a message that is none");
    find_identities(*read, {.trusted_sender = true, .from = true}, *found);
    match_names(*found, plan(), index, matches);
    matched += matches.count;
    find_descriptions(*read, *descriptions);
    for (const Bytes sdp : descriptions->sdp.all()) {
      if (parse_sdp(sdp, *description) != SdpError::kNone) continue;
      list_endpoints(*description, *endpoints);
      listed += endpoints->all.count;
    }
  }
  if (matched != 0) state.SkipWithError("a stranger matched");
  const auto iterations = static_cast<double>(state.iterations());
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
  state.counters["bytes_a_message"] = static_cast<double>(bytes) / iterations;
  state.counters["endpoints_a_message"] = static_cast<double>(listed) / iterations;
  state.counters["index_bytes"] = static_cast<double>(index.bytes());
}

void sip_messages_100k(benchmark::State& state) { match(state, kManyTargets); }
void sip_messages_10(benchmark::State& state) { match(state, kFewTargets); }

}  // namespace

// perf/run reads items_per_second of these: sip_messages_per_s, and sip_identity_100k_vs_10.
BENCHMARK(sip_parse);
BENCHMARK(sip_messages_100k);
BENCHMARK(sip_messages_10);

BENCHMARK_MAIN();
