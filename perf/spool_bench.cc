// What a record of a 1500-octet packet costs the dataplane from the encoder to the peer's TCP, with the spool in memory
// and with the encrypted one on disk: CPU of the whole process (encoder, handover, keeper, kernel) but for the
// receiver's thread. Records come as fast as they are taken, and no faster: what a backlog costs is another question.
// Both deliver everything; a lost record ends the bench.
#include <benchmark/benchmark.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <thread>

#include "dataplane/base/check.h"
#include "encoders/etsi/etsi_encoder.h"
#include "encoders/handover/handover.h"
#include "encoders/spool/task_seal.h"
#include "perf/discard_server.h"

namespace lictor::perf {
namespace {

constexpr uint32_t kRecordsPerRound = 20'000;
constexpr int kWarmUpRounds = 4;
constexpr uint32_t kPublishEvery = 64;
constexpr size_t kPacketBytes = 1500;
constexpr uint64_t kBacklogBytesMax = 2 << 20;  // under way at a time

EtsiTaskParameters bench_parameters() {
  EtsiTaskParameters parameters;
  parameters.liid = "LIID-BENCH-1";
  parameters.authorization_country = "AT";
  parameters.delivery_country = "AT";
  parameters.operator_id = "OPERATOR";
  parameters.network_element_id = "NE-1";
  parameters.cin = 1;
  parameters.user_label = "bench";
  return parameters;
}

DestinationPlan destination_of(uint16_t port) {
  return {.id = "bench",
          .side = HandoverSide::kHi3,
          .endpoints = {{.host = "127.0.0.1", .port = port}},
          .keepalive = {.on = false},
          .codec = {.question = [](ConnectionQuestion, uint32_t) { return std::vector<uint8_t>(); },
                    .read_peer =
                        [](Bytes received) {
                          return PeerMessage{.kind = PeerMessageKind::kOther, .bytes = received.size()};
                        }},
          .security = {.kind = HandoverSecurity::kPlainLab, .tls = {}}};
}

double process_cpu_s() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void rest() { std::this_thread::sleep_for(std::chrono::microseconds(100)); }

class Delivery {
 public:
  explicit Delivery(bool on_disk) : accounts_(1) {
    std::string directory = std::filesystem::temp_directory_path() / "lictor-bench-XXXXXX";
    LICTOR_CHECK(mkdtemp(directory.data()) != nullptr);
    directory_ = directory;
    SpoolPlan plan;
    plan.on_disk = on_disk;
    plan.directory = directory_;
    server_ = *DiscardServer::start();
    depot_ = *SpoolDepot::make(plan, alarms_);
    handover_ = *Handover::make({.depot = depot_.get()}, accounts_, alarms_);
    SharedKey key = *SecretKey::make(std::vector<uint8_t>(SecretKey::kBytes, 1));
    depot_->keys().enter(Xid{}, TaskSlot{0}, key);
    spool_ = handover_->spool(*handover_->open(destination_of(server_->port())), 0);
    handover_->let_left_go();
    encoder_ = *make_etsi_encoder(bench_parameters());
    if (!on_disk) return;
    seal_ = *TaskSeal::make(std::move(key), Xid{}, 1);
    spool_->attach(*seal_);
  }
  ~Delivery() {
    handover_.reset();
    std::filesystem::remove_all(directory_);
  }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  // CPU seconds of the dataplane.
  double deliver(uint32_t records) {
    const double before = process_cpu_s() - server_->cpu_s();
    for (uint32_t i = 0; i < records; ++i) {
      encode_one();
      if (i % kPublishEvery != kPublishEvery - 1) continue;
      spool_->publish();
      while (spool_->backlog_bytes() > kBacklogBytesMax) rest();
    }
    spool_->publish();
    while (!handover_->drained()) rest();
    LICTOR_CHECK(accounts_[0].hi3.confirmed.get() == number_);
    return process_cpu_s() - server_->cpu_s() - before;
  }

 private:
  void encode_one() {
    const ContentRecord record{.packet = packet_,
                               .whole_bytes = kPacketBytes,
                               .arrival = {1'763'700'000 * kNanosecondsPerSecond + int64_t{number_} * 123'457},
                               .direction = Direction::kFromTarget};
    MutableBytes room;
    while ((room = spool_->reserve(encoder_->content_bytes_max(kPacketBytes))).empty()) {
      spool_->publish();
      rest();
    }
    const size_t bytes = encoder_->encode_content(record, number_, room);
    spool_->append({.slot = TaskSlot{0},
                    .bytes = static_cast<uint32_t>(bytes),
                    .series = static_cast<uint8_t>(RecordKind::kCc),
                    .number = number_,
                    .seal = seal_.get()});
    ++number_;
  }

  std::string directory_;
  AlarmQueue alarms_;
  std::vector<TaskAccount> accounts_;
  std::unique_ptr<DiscardServer> server_;
  std::unique_ptr<SpoolDepot> depot_;
  std::unique_ptr<Handover> handover_;
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<TaskSeal> seal_;
  Spool* spool_ = nullptr;
  const std::vector<uint8_t> packet_ = std::vector<uint8_t>(kPacketBytes, 0x45);
  uint32_t number_ = 0;
};

void deliver(benchmark::State& state, bool on_disk) {
  Delivery delivery(on_disk);
  // Until the segments that are needed are there: they are used again and again, and made once.
  for (int i = 0; i < kWarmUpRounds; ++i) delivery.deliver(kRecordsPerRound);
  for (auto unused : state) state.SetIterationTime(delivery.deliver(kRecordsPerRound));
  state.SetItemsProcessed(state.iterations() * kRecordsPerRound);
}

void bm_spool_memory(benchmark::State& state) { deliver(state, false); }
void bm_spool_disk(benchmark::State& state) { deliver(state, true); }
BENCHMARK(bm_spool_memory)->UseManualTime();
BENCHMARK(bm_spool_disk)->UseManualTime();

}  // namespace
}  // namespace lictor::perf

BENCHMARK_MAIN();
