#include "encoders/lemf/receiver.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>

#include "dataplane/base/clock.h"
#include "encoders/lemf/interface_server.h"
#include "encoders/lemf/summary.h"
#include "encoders/pcap/pcapng_writer.h"

namespace lictor::lemf {
namespace {

constexpr int kEventsMax = 64;
constexpr int kPaceTickMs = 10;
constexpr int kSummaryMs = 1000;
constexpr int kReceiveBufferSlow = 16 << 10;
constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;
// A sender that never stops must not keep the receiver from ending.
constexpr int64_t kDrainNs = 10 * kNanosecondsPerSecond;

// The folder is this process's alone as long as the descriptor is open: two would write over each other's lines, and a
// start truncates what is decoded.
Result<UniqueFd> lock_folder(const std::string& path) {
  UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return absl::UnavailableError(fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  if (::flock(folder.get(), LOCK_EX | LOCK_NB) == 0) return folder;
  if (errno == EWOULDBLOCK)
    return absl::FailedPreconditionError(
        fmt::format("{}: another lictor-lemf writes there; give this one its own --out", path));
  return absl::UnavailableError(fmt::format("cannot lock {}: {}", path, std::strerror(errno)));
}

// From here on SIGTERM and SIGINT are read from the descriptor.
UniqueFd catch_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return UniqueFd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace

class Receiver::Loop {
 public:
  explicit Loop(const ReceiverOptions& options) : options_(options), hi2_(*this), hi3_(*this) {}

  Status start();
  Status run();
  const InterfaceAccount& hi2() const { return hi2_.intake->account(); }
  const InterfaceAccount& hi3() const { return hi3_.intake->account(); }

 private:
  struct Side {
    explicit Side(Loop& loop) : owner(loop) {}
    Status open(der::Interface interface, const std::string& name, const std::string& endpoint);

    Loop& owner;
    std::optional<OutputFile> raw;
    std::optional<Intake> intake;
    std::optional<InterfaceServer> server;
  };

  Status open_tls();
  Status open_outputs();
  Status open_epoll();
  Status announce();
  // False once a signal asked for the end.
  bool dispatch(const epoll_event& event);
  // Milliseconds that may be waited for events.
  [[nodiscard]] int patience(SocketTime now) const;
  void drain();
  void flush();
  Status write_summary();
  Status storage_status();

  const ReceiverOptions options_;
  ServerContext tls_{nullptr, &SSL_CTX_free};
  UniqueFd folder_;
  std::optional<OutputFile> lines_;
  std::optional<OutputFile> packets_;
  std::optional<OutputFile> frames_;
  UniqueFd epoll_;
  UniqueFd signals_;
  Side hi2_;
  Side hi3_;
  SocketTime summary_due_{};
};

Status Receiver::Loop::open_outputs() {
  std::error_code error;
  std::filesystem::create_directories(options_.out, error);
  if (error) return absl::UnavailableError(fmt::format("cannot make {}: {}", options_.out, error.message()));
  Result<UniqueFd> folder = lock_folder(options_.out);
  if (!folder.ok()) return folder.status();
  folder_ = *std::move(folder);
  if (options_.detail != Detail::kDecoded) return absl::OkStatus();
  // They are made anew from what the raw files hold already.
  Result<OutputFile> lines = OutputFile::open(options_.out + "/records.jsonl", OpenMode::kTruncate);
  if (!lines.ok()) return lines.status();
  Result<OutputFile> packets = OutputFile::open(options_.out + "/content.pcapng", OpenMode::kTruncate);
  if (!packets.ok()) return packets.status();
  Result<OutputFile> frames = OutputFile::open(options_.out + "/frames.pcapng", OpenMode::kTruncate);
  if (!frames.ok()) return frames.status();
  lines_.emplace(*std::move(lines));
  packets_.emplace(*std::move(packets));
  frames_.emplace(*std::move(frames));
  append_pcapng_section(packets_->buffer(), kLinkTypeRaw);
  append_pcapng_section(frames_->buffer(), kLinkTypeEthernet);
  return absl::OkStatus();
}

Status Receiver::Loop::open_tls() {
  if (!options_.tls.on()) return absl::OkStatus();
  Result<ServerContext> context = make_server_context(options_.tls);
  if (!context.ok()) return context.status();
  tls_ = *std::move(context);
  return absl::OkStatus();
}

Status Receiver::Loop::open_epoll() {
  epoll_ = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  signals_ = catch_signals();
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = signals_.get();
  if (!epoll_.valid() || !signals_.valid() || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, signals_.get(), &event) != 0)
    return absl::UnavailableError(fmt::format("cannot wait for events: {}", std::strerror(errno)));
  return absl::OkStatus();
}

Status Receiver::Loop::Side::open(der::Interface interface, const std::string& name, const std::string& endpoint) {
  const std::string path = owner.options_.out + "/" + name + ".ber";
  if (owner.options_.detail != Detail::kNothing) {
    Result<OutputFile> file = OutputFile::open(path, OpenMode::kAppend);
    if (!file.ok()) return file.status();
    raw.emplace(*std::move(file));
  }
  const IntakeOutputs outputs{.raw = raw ? &*raw : nullptr,
                              .lines = owner.lines_ ? &*owner.lines_ : nullptr,
                              .packets = owner.packets_ ? &*owner.packets_ : nullptr,
                              .frames = owner.frames_ ? &*owner.frames_ : nullptr};
  intake.emplace(interface, owner.options_.expectation, outputs, name);
  if (raw)
    if (Status status = intake->restore(path); !status.ok()) return status;
  if (owner.options_.delays) intake->measure_delays();
  Result<Listener> listener = listen_at(endpoint, owner.options_.pace.bits_per_second > 0 ? kReceiveBufferSlow : 0);
  if (!listener.ok()) return listener.status();
  server.emplace(*std::move(listener), *intake, owner.options_.pace, owner.options_.option_manners, owner.epoll_.get(),
                 owner.tls_.get());
  return absl::OkStatus();
}

Status Receiver::Loop::announce() {
  if (options_.ready_file.empty()) return absl::OkStatus();
  return write_atomically(options_.ready_file,
                          fmt::format("{{\"hi2\":{},\"hi3\":{}}}\n", hi2_.server->port(), hi3_.server->port()));
}

Status Receiver::Loop::start() {
  Status status = open_tls();
  if (status.ok()) status = open_epoll();
  if (status.ok()) status = open_outputs();
  if (status.ok()) status = hi2_.open(der::Interface::kHi2, "hi2", options_.hi2);
  if (status.ok()) status = hi3_.open(der::Interface::kHi3, "hi3", options_.hi3);
  if (status.ok()) status = write_summary();
  if (status.ok()) status = announce();
  return status;
}

int Receiver::Loop::patience(SocketTime now) const {
  if (hi2_.server->throttling() || hi3_.server->throttling()) return kPaceTickMs;
  const int64_t left = (summary_due_.ns - now.ns) / kNanosecondsPerMillisecond + 1;
  return static_cast<int>(std::clamp<int64_t>(left, 0, kSummaryMs));
}

bool Receiver::Loop::dispatch(const epoll_event& event) {
  if (event.data.fd == signals_.get()) return false;
  // A descriptor that neither owns was closed by an event before this one.
  for (Side* side : {&hi2_, &hi3_})
    if (side->server->owns(event.data.fd)) side->server->ready(event.data.fd, event.events);
  return true;
}

Status Receiver::Loop::run() {
  std::array<epoll_event, kEventsMax> events;
  bool running = true;
  bool busy = false;  // the last look found something: look again before writing and waiting
  while (running) {
    const SocketTime now = socket_now();
    const int count = ::epoll_wait(epoll_.get(), events.data(), kEventsMax, busy ? 0 : patience(now));
    if (count < 0 && errno != EINTR) return absl::UnavailableError(fmt::format("epoll_wait: {}", std::strerror(errno)));
    for (int index = 0; index < count; ++index) running = dispatch(events[static_cast<size_t>(index)]) && running;
    for (Side* side : {&hi2_, &hi3_})
      if (side->server->throttling()) side->server->tick(socket_now());
    busy = count > 0;
    if (!busy) flush();
    if (now >= summary_due_)
      if (Status status = write_summary(); !status.ok()) return status;
    if (Status status = storage_status(); !status.ok()) return status;
  }
  drain();
  return write_summary();
}

// What the senders' TCP counts as delivered is in the sockets: it is taken before they are closed.
void Receiver::Loop::drain() {
  const SocketTime begin = socket_now();
  while (hi2_.server->drain() + hi3_.server->drain() > 0 && socket_now().ns - begin.ns < kDrainNs) {
  }
}

void Receiver::Loop::flush() {
  for (Side* side : {&hi2_, &hi3_})
    if (side->raw) side->raw->flush();
  for (std::optional<OutputFile>* file : {&lines_, &packets_, &frames_})
    if (*file) (*file)->flush();
}

Status Receiver::Loop::storage_status() {
  for (const Side* side : {&hi2_, &hi3_})
    if (side->raw && !side->raw->status().ok()) return side->raw->status();
  for (const std::optional<OutputFile>* file : {&lines_, &packets_, &frames_})
    if (*file && !(*file)->status().ok()) return (*file)->status();
  return absl::OkStatus();
}

Status Receiver::Loop::write_summary() {
  flush();
  summary_due_ = {socket_now().ns + kSummaryMs * kNanosecondsPerMillisecond};
  if (Status status = storage_status(); !status.ok()) return status;
  return write_atomically(options_.out + "/summary.json", summary_json(hi2(), hi3()));
}

Receiver::Receiver(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Receiver::~Receiver() = default;

Result<std::unique_ptr<Receiver>> Receiver::open(const ReceiverOptions& options) {
  auto loop = std::make_unique<Loop>(options);
  if (Status status = loop->start(); !status.ok()) return status;
  return std::unique_ptr<Receiver>(new Receiver(std::move(loop)));
}

Status Receiver::run() { return loop_->run(); }
const InterfaceAccount& Receiver::hi2() const { return loop_->hi2(); }
const InterfaceAccount& Receiver::hi3() const { return loop_->hi3(); }

}  // namespace lictor::lemf
