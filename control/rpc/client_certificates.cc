#include "control/rpc/client_certificates.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace lictor::control {
namespace {

constexpr std::chrono::milliseconds kSweepEvery{250};
constexpr int64_t kDayS = 86'400;
constexpr size_t kExpiryTextMax = 400;

// "NE-1, anna", cut where it becomes too long.
std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (text.size() + name.size() > kExpiryTextMax) return text + ", …";
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

}  // namespace

ClientCertificates::ClientCertificates(Administration& administration, std::unique_ptr<CertificateStanding> standing,
                                       std::unique_ptr<TrustedAuthorities> authorities,
                                       std::function<LegalTime()> clock)
    : administration_(administration),
      standing_(std::move(standing)),
      authorities_(std::move(authorities)),
      clock_(std::move(clock)) {}

void ClientCertificates::start() {
  thread_ = std::thread([this] { run_loop(); });
}

void ClientCertificates::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stopped_changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ClientCertificates::run_loop() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    lock.unlock();
    sweep();
    lock.lock();
    stopped_changed_.wait_for(lock, kSweepEvery, [this] { return stopped_; });
  }
  lock.unlock();
  tell_refusals();
}

Status ClientCertificates::judge(const CertificateFacts& facts, int64_t now_unix_s) const {
  if (Status status = standing_->check(facts, now_unix_s); !status.ok()) return status;
  return authorities_->check(facts);
}

Status ClientCertificates::check(const CertificateFacts& facts, const Identity& who) {
  if (Status status = judge(facts, clock_().unix_ns / kNanosecondsPerSecond); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  const auto known = ends_.find(who.name);
  if (known != ends_.end())
    known->second = std::max(known->second, facts.not_after_unix_s);
  else if (ends_.size() < kSeenMax)
    ends_.emplace(who.name, facts.not_after_unix_s);
  return absl::OkStatus();
}

void ClientCertificates::refused(const Status& why, AuditField what) {
  const std::lock_guard lock(mutex_);
  if (refusals_.size() < kRefusedEachSweep)
    refusals_.push_back({.why = why, .what = std::move(what)});
  else
    ++refusals_more_;
}

uint64_t ClientCertificates::watch(CertificateFacts facts, End end) {
  const std::lock_guard lock(mutex_);
  streams_.emplace(next_ticket_, Stream{.facts = std::move(facts), .end = std::move(end)});
  return next_ticket_++;
}

void ClientCertificates::forget(uint64_t ticket) {
  const std::lock_guard lock(mutex_);
  streams_.erase(ticket);
}

void ClientCertificates::sweep() {
  const int64_t now = clock_().unix_ns / kNanosecondsPerSecond;
  tell_files(now);
  end_streams(now);
  tell_refusals();
  tell_expiry(now);
}

void ClientCertificates::tell_files(int64_t now_unix_s) {
  const std::string list(standing_->refresh(now_unix_s).message());
  if (list != std::exchange(told_list_, list))
    administration_.report_own("revocation_list", v1::ALARM_SEVERITY_CRITICAL, list);
  const std::string authorities(authorities_->problem().message());
  if (authorities != std::exchange(told_authorities_, authorities))
    administration_.report_own("client_authorities", v1::ALARM_SEVERITY_CRITICAL, authorities);
}

// Without the mutex: what ends a stream may forget it at once.
void ClientCertificates::end_streams(int64_t now_unix_s) {
  std::vector<std::pair<End, Status>> over;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [ticket, stream] : streams_)
      if (Status status = judge(stream.facts, now_unix_s); !status.ok())
        over.emplace_back(stream.end, std::move(status));
  }
  for (const auto& [end, status] : over) end(status);
}

void ClientCertificates::tell_refusals() {
  std::vector<Refusal> refusals;
  uint64_t more = 0;
  {
    const std::lock_guard lock(mutex_);
    refusals = std::exchange(refusals_, {});
    more = std::exchange(refusals_more_, 0);
  }
  Account& account = administration_.account();
  for (Refusal& refusal : refusals) {
    const Deed deed{.action = "login", .object = {}, .caller = {.name = "nobody"}, .fields = {std::move(refusal.what)}};
    static_cast<void>(account.before_answer(deed, refusal.why, Accounted::kNot));  // says it itself
  }
  if (more == 0) return;
  const Deed deed{
      .action = "login", .object = {}, .caller = {.name = "nobody"}, .fields = {{"more", std::to_string(more)}}};
  static_cast<void>(account.before_answer(deed, absl::UnauthenticatedError("so many more"), Accounted::kNot));
}

void ClientCertificates::tell_expiry(int64_t now_unix_s) {
  std::vector<std::string> soon;
  bool critical = false;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(ends_, [&](const auto& each) { return each.second < now_unix_s; });  // it opens nothing any more
    for (const auto& [name, end] : ends_) {
      if (end - now_unix_s > kWarningDays * kDayS) continue;
      soon.push_back(fmt::format("{} ({} days)", name, (end - now_unix_s) / kDayS));
      critical = critical || end - now_unix_s <= kCriticalDays * kDayS;
    }
  }
  const std::string text = soon.empty() ? "" : "expire soon: " + list_of(soon);
  if (text == std::exchange(told_expiry_, text)) return;
  administration_.report_own("client_certificates", critical ? v1::ALARM_SEVERITY_CRITICAL : v1::ALARM_SEVERITY_WARNING,
                             text);
}

}  // namespace lictor::control
