#include "control/syslog/syslog_shipper.h"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <utility>

namespace lictor::control {
namespace {

constexpr int kIdleMs = 250;
constexpr int kBackOffMinMs = 1'000;
constexpr int kBackOffMaxMs = 30'000;

std::string hex_of(const LogId& id) {
  std::string text;
  for (const uint8_t octet : id) text += fmt::format("{:02x}", octet);
  return text;
}

}  // namespace

Result<std::unique_ptr<SyslogShipper>> SyslogShipper::start(const AuditLog& log, SyslogOptions options, Alarm alarm) {
  UniqueFd stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop.valid()) return absl::UnavailableError("audit.syslog: cannot make an event");
  std::unique_ptr<SyslogShipper> shipper(new SyslogShipper(log, std::move(options), std::move(alarm), std::move(stop)));
  if (Status status = shipper->load_position(); !status.ok()) return status;
  shipper->thread_ = std::thread([raw = shipper.get()] { raw->run_loop(); });
  return shipper;
}

SyslogShipper::~SyslogShipper() {
  const uint64_t one = 1;
  if (::write(stop_.get(), &one, sizeof one) < 0) spdlog::error("audit.syslog: cannot be stopped");
  if (thread_.joinable()) thread_.join();
}

// "LOG-ID NUMBER"; of another log, or where there is none: from the first entry on.
Status SyslogShipper::load_position() {
  std::ifstream file(options_.position_path);
  std::string id;
  if (!(file >> id) || id != hex_of(log_.id())) return absl::OkStatus();
  uint64_t position = 0;
  if (!(file >> position))
    return absl::InvalidArgumentError(fmt::format("audit.syslog: {} cannot be read", options_.position_path));
  position_ = std::min(position, log_.head().number);
  return absl::OkStatus();
}

// Not synced: what a crash forgets is sent again.
Status SyslogShipper::save_position(uint64_t number) {
  const std::string next = options_.position_path + ".new";
  std::ofstream file(next, std::ios::trunc);
  file << hex_of(log_.id()) << ' ' << number << '\n';
  file.close();
  if (!file || std::rename(next.c_str(), options_.position_path.c_str()) != 0)
    return absl::UnavailableError(fmt::format("syslog: {} cannot be written", options_.position_path));
  {
    const std::lock_guard lock(mutex_);
    position_ = number;
  }
  shipped_.notify_all();
  return absl::OkStatus();
}

bool SyslogShipper::finish(std::chrono::milliseconds wait) {
  const uint64_t last = log_.synced();
  std::unique_lock lock(mutex_);
  return shipped_.wait_for(lock, wait, [&] { return position_ >= last; });
}

void SyslogShipper::run_loop() {
  int back_off_ms = kBackOffMinMs;
  do {
    const uint64_t before = position_;
    Result<std::unique_ptr<SyslogLink>> link = SyslogLink::connect(options_.server, stop_.get());
    const Status status = link.ok() ? ship_over(**link) : link.status();
    if (pause(0)) return;
    back_off_ms = position_ > before ? kBackOffMinMs : std::min(2 * back_off_ms, kBackOffMaxMs);
    tell(fmt::format("{}; {} entries wait", std::string(status.message()), log_.synced() - position_));
  } while (!pause(back_off_ms));
}

Status SyslogShipper::ship_over(SyslogLink& link) {
  Result<AuditFollower> follower = AuditFollower::open(log_.folder(), position_ - std::min(position_.load(), kOverlap));
  if (!follower.ok()) return follower.status();
  for (;;) {
    const Result<size_t> count = ship_batch(link, *follower);
    if (!count.ok()) return count.status();
    const uint64_t lag = log_.synced() - std::min(log_.synced(), follower->number());
    tell(lag > options_.lag_entries_max ? fmt::format("the server is too slow: {} entries wait", lag) : "");
    if (*count == 0 && pause(kIdleMs)) return absl::UnavailableError("syslog: stopped");
    if (Status status = link.look(); !status.ok()) return status;
  }
}

Result<size_t> SyslogShipper::ship_batch(SyslogLink& link, AuditFollower& follower) {
  std::string frames;
  const Result<size_t> count =
      follower.next(log_.synced(), kBatch, [&](const AuditEntry& entry, const ChainState& behind) {
        frames += syslog_frame(syslog_message(entry, behind.head, origin_));
      });
  if (!count.ok() || *count == 0) return count;
  if (Status status = link.send(frames); !status.ok()) return status;
  if (Status status = link.settle(); !status.ok()) return status;
  if (follower.number() > position_)
    if (Status status = save_position(follower.number()); !status.ok()) return status;
  return count;
}

void SyslogShipper::tell(const std::string& text) {
  if (told_.empty() == text.empty() && (text.empty() || told_ == text)) return;
  if (told_.empty() != text.empty()) spdlog::warn("audit.syslog: {}", text.empty() ? "the server has all again" : text);
  told_ = text;
  alarm_(text);
}

bool SyslogShipper::pause(int wait_ms) const {
  pollfd wait{.fd = stop_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&wait, 1, wait_ms) > 0;
}

}  // namespace lictor::control
