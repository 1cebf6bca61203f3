#include "dataplane/agent/fleet_client.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>

#include "lictor/v1/fleet.grpc.pb.h"

namespace lictor {

// The reactions of one stream. gRPC calls On…; the control thread calls the rest. Alive until OnDone.
class FleetStream final : public grpc::ClientBidiReactor<v1::DataplaneMessage, v1::ControlMessage> {
 public:
  void start(v1::FleetService::Stub& stub, const v1::Hello& hello) {
    v1::DataplaneMessage greeting;
    *greeting.mutable_hello() = hello;
    stub.async()->Attach(&context_, this);
    send(std::move(greeting));
    StartRead(&read_);
    // The control thread starts reads and writes too: without a hold gRPC could finish under its hands.
    AddHold();
    StartCall();
  }

  void cancel() {
    context_.TryCancel();
    release_hold();
  }

  void wait_until_done() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_; });
  }

  FleetClient::Received receive(std::chrono::milliseconds wait) {
    FleetClient::Received received;
    bool read_on = false;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, wait, [&] { return !incoming_.empty() || broken_ || woken_; });
      woken_ = false;
      received.messages.assign(std::make_move_iterator(incoming_.begin()), std::make_move_iterator(incoming_.end()));
      incoming_.clear();
      incoming_octets_ = 0;
      read_on = paused_ && !broken_;
      if (read_on) paused_ = false;
    }
    if (read_on) StartRead(&read_);
    return received;
  }

  void wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }

  // Why the stream is over; nothing while it is not.
  std::optional<std::string> ended() {
    {
      const std::lock_guard lock(mutex_);
      if (!broken_) return std::nullopt;
    }
    release_hold();
    wait_until_done();
    return status_.ok() ? "lictord closed the stream" : status_.error_message();
  }

  bool send(v1::DataplaneMessage message) {
    {
      const std::lock_guard lock(mutex_);
      if (broken_) return false;
      if (message.has_statistics() && replace_statistics(message)) return true;
      if (outgoing_.size() >= FleetClient::kOutgoingMax) return false;
      outgoing_.push_back(std::move(message));
      if (writing_) return true;
      writing_ = true;
    }
    write_next();
    return true;
  }

  bool can_send() {
    const std::lock_guard lock(mutex_);
    return !broken_ && outgoing_.size() < FleetClient::kOutgoingMax;
  }

  bool has_statistics() {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(outgoing_, [](const v1::DataplaneMessage& queued) { return queued.has_statistics(); });
  }

  void OnReadDone(bool ok) override {
    {
      const std::lock_guard lock(mutex_);
      if (ok) incoming_octets_ += read_.ByteSizeLong();
      if (ok) incoming_.push_back(std::move(read_));
      broken_ |= !ok;
      paused_ =
          ok && (incoming_.size() >= FleetClient::kIncomingMax || incoming_octets_ >= FleetClient::kIncomingOctetsMax);
      changed_.notify_all();
      if (!ok || paused_) return;
    }
    StartRead(&read_);
  }

  void OnWriteDone(bool ok) override {
    {
      const std::lock_guard lock(mutex_);
      broken_ |= !ok;
      if (broken_ || outgoing_.empty()) {
        writing_ = false;
        changed_.notify_all();
        return;
      }
    }
    write_next();
  }

  void OnDone(const grpc::Status& status) override {
    const std::lock_guard lock(mutex_);
    status_ = status;
    broken_ = true;
    done_ = true;
    changed_.notify_all();
  }

 private:
  // Newer statistics take the place of those that still wait: a lictord that reads nothing costs no memory. Under
  // mutex_.
  bool replace_statistics(v1::DataplaneMessage& message) {
    const auto waiting =
        std::ranges::find_if(outgoing_, [](const v1::DataplaneMessage& queued) { return queued.has_statistics(); });
    if (waiting == outgoing_.end()) return false;
    *waiting = std::move(message);
    return true;
  }

  // By who set writing_.
  void write_next() {
    {
      const std::lock_guard lock(mutex_);
      write_ = std::move(outgoing_.front());
      outgoing_.pop_front();
    }
    StartWrite(&write_);
  }

  void release_hold() {
    if (std::exchange(held_, false)) RemoveHold();
  }

  grpc::ClientContext context_;
  v1::ControlMessage read_;
  v1::DataplaneMessage write_;
  grpc::Status status_;
  bool held_ = true;  // control thread
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<v1::ControlMessage> incoming_;
  size_t incoming_octets_ = 0;
  std::deque<v1::DataplaneMessage> outgoing_;
  bool writing_ = false;
  bool paused_ = false;  // a read is due and not started: too much waits
  bool broken_ = false;
  bool woken_ = false;
  bool done_ = false;
};

struct FleetClient::Channel {
  std::unique_ptr<v1::FleetService::Stub> stub;
};

namespace {

constexpr int kKeepaliveTimeMs = 10'000;  // lictord takes a ping each 5 s
constexpr int kKeepaliveTimeoutMs = 5'000;

Result<std::string> read_file(const char* field, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file || text.empty()) return absl::NotFoundError(fmt::format("control.tls.{}: cannot read {}", field, path));
  return text;
}

// Mutual, by the CA of the configuration alone.
Result<std::shared_ptr<grpc::ChannelCredentials>> credentials_of(const ControlTls& tls) {
  if (!tls.is_on()) return grpc::InsecureChannelCredentials();  // the local socket
  Result<std::string> certificate = read_file("certificate", tls.certificate);
  Result<std::string> key = read_file("key", tls.key);
  Result<std::string> ca = read_file("ca", tls.ca);
  for (const Result<std::string>* file : {&certificate, &key, &ca})
    if (!file->ok()) return file->status();
  return grpc::SslCredentials({.pem_root_certs = *std::move(ca),
                               .pem_private_key = *std::move(key),
                               .pem_cert_chain = *std::move(certificate)});
}

Result<std::shared_ptr<grpc::Channel>> make_channel(const ControlConfig& control) {
  grpc::ChannelArguments arguments;
  // Reconnecting is paced by the control thread: the channel must not add minutes of its own.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  if (control.tls.is_on()) {
    // A line that died without a word is noticed, and not shared with a channel that showed another certificate.
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    if (!control.tls.server_name.empty()) arguments.SetSslTargetNameOverride(control.tls.server_name);
  }
  const Result<std::shared_ptr<grpc::ChannelCredentials>> credentials = credentials_of(control.tls);
  if (!credentials.ok()) return credentials.status();
  return grpc::CreateCustomChannel(control.address, *credentials, arguments);
}

}  // namespace

FleetClient::FleetClient(ControlConfig control) : control_(std::move(control)), channel_(std::make_unique<Channel>()) {}

FleetClient::~FleetClient() { detach(); }

// A channel is made anew where its certificates are files that may have been renewed.
Status FleetClient::attach(const v1::Hello& hello) {
  detach();
  if (channel_->stub == nullptr || control_.tls.is_on()) {
    const Result<std::shared_ptr<grpc::Channel>> channel = make_channel(control_);
    if (!channel.ok()) return channel.status();
    channel_->stub = v1::FleetService::NewStub(*channel);
  }
  {
    const std::lock_guard lock(stream_mutex_);
    stream_ = std::make_shared<FleetStream>();
  }
  stream_->start(*channel_->stub, hello);
  return absl::OkStatus();
}

void FleetClient::detach() {
  if (stream_ == nullptr) return;
  stream_->cancel();
  stream_->wait_until_done();
  forget_stream();
}

FleetClient::Received FleetClient::receive(std::chrono::milliseconds wait) {
  if (stream_ == nullptr) {
    std::this_thread::sleep_for(wait);
    return {};
  }
  Received received = stream_->receive(wait);
  if (!received.messages.empty()) return received;
  received.ended = stream_->ended();
  if (received.ended) forget_stream();
  return received;
}

void FleetClient::forget_stream() {
  const std::lock_guard lock(stream_mutex_);
  stream_.reset();
}

void FleetClient::wake() {
  std::shared_ptr<FleetStream> stream;
  {
    const std::lock_guard lock(stream_mutex_);
    stream = stream_;
  }
  if (stream != nullptr) stream->wake();
}

bool FleetClient::can_send() const { return stream_ != nullptr && stream_->can_send(); }
bool FleetClient::has_statistics() const { return stream_ != nullptr && stream_->has_statistics(); }

bool FleetClient::send(v1::DataplaneMessage message) { return stream_ != nullptr && stream_->send(std::move(message)); }

}  // namespace lictor
