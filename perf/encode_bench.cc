// One IPCC record by the template, by asn1c, and the same octets by memcpy, side by side. The output goes round a 64
// MiB buffer, as it does in a spool; the packet is in cache, as it is right after the rx lcore wrote it.

#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

#include "encoders/etsi/content_template.h"
#include "encoders/etsi/etsi_encoder.h"

namespace lictor {
namespace {

constexpr size_t kOutputBytes = size_t{64} << 20;

EtsiTaskParameters bench_parameters() {
  EtsiTaskParameters parameters;
  parameters.liid = "LIID-BENCH-1";
  parameters.authorization_country = "AT";
  parameters.delivery_country = "AT";
  parameters.operator_id = "OPERATOR";
  parameters.network_element_id = "NE-1";
  parameters.interception_point_id = "TAP1";
  parameters.cin = 1;
  parameters.user_label = "bench";
  return parameters;
}

// Room for one record after the other, from the front again when the buffer ends.
class Output {
 public:
  Output() : bytes_(kOutputBytes) {}

  MutableBytes room(size_t bytes) {
    if (at_ + bytes > bytes_.size()) at_ = 0;
    return MutableBytes(bytes_).subspan(at_, bytes);
  }
  void take(size_t bytes) { at_ += bytes; }

 private:
  std::vector<uint8_t> bytes_;
  size_t at_ = 0;
};

struct Load {
  explicit Load(size_t bytes) : packet(bytes, 0x45) {}

  // The arrival moves by an odd step, so that numbers and times take all of their usual widths.
  ContentRecord next() {
    ++number;
    return {.packet = packet,
            .whole_bytes = static_cast<uint32_t>(packet.size()),
            .arrival = {1'763'700'000 * kNanosecondsPerSecond + int64_t{number} * 123'457},
            .direction = Direction::kFromTarget};
  }

  std::vector<uint8_t> packet;
  uint32_t number = 0;
};

void bm_template(benchmark::State& state) {
  const Result<std::unique_ptr<Encoder>> encoder = make_etsi_encoder(bench_parameters());
  Load load(static_cast<size_t>(state.range(0)));
  Output output;
  const size_t room = (*encoder)->content_bytes_max(load.packet.size());
  for (auto unused : state) {
    const ContentRecord record = load.next();
    output.take((*encoder)->encode_content(record, load.number, output.room(room)));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(bm_template)->Arg(64)->Arg(1000)->Arg(1500);

// A tree is built, encoded and freed for each record: that is what a record by asn1c takes.
void bm_asn1c(benchmark::State& state) {
  asn1::prime_asn1_types();
  const EtsiTaskParameters parameters = bench_parameters();
  Load load(static_cast<size_t>(state.range(0)));
  Output output;
  for (auto unused : state) {
    const ContentRecord record = load.next();
    const asn1::PsPduPtr pdu = make_content_pdu(parameters, record, load.number);
    output.take(asn1::encode_der(*pdu, output.room(load.packet.size() + ContentTemplate::kOverheadMax)));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(bm_asn1c)->Arg(64)->Arg(1000)->Arg(1500);

// As many octets as the template writes for a packet of this size.
void bm_memcpy(benchmark::State& state) {
  const Result<std::unique_ptr<Encoder>> encoder = make_etsi_encoder(bench_parameters());
  Load load(static_cast<size_t>(state.range(0)));
  std::vector<uint8_t> record((*encoder)->content_bytes_max(load.packet.size()));
  record.resize((*encoder)->encode_content(load.next(), 1'000'000, record));
  Output output;
  for (auto unused : state) {
    std::memcpy(output.room(record.size()).data(), record.data(), record.size());
    output.take(record.size());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(bm_memcpy)->Arg(64)->Arg(1000)->Arg(1500);

}  // namespace
}  // namespace lictor

BENCHMARK_MAIN();
