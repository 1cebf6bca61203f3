// Sends the audit log to a syslog server, entry by entry, on a thread of its own. The log's files are its queue:
// however long the server is away, nothing is lost and nobody waits.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "control/audit/audit_log.h"
#include "control/audit/following.h"
#include "control/syslog/syslog_link.h"
#include "control/syslog/syslog_message.h"

namespace lictor::control {

struct SyslogOptions {
  SyslogServer server;        // its host empty: nothing is shipped
  std::string position_path;  // where it is noted how far this has come
  uint64_t lag_entries_max = 10'000;
};

class SyslogShipper {
 public:
  static constexpr uint64_t kOverlap = 256;  // entries that go again over each new connection
  static constexpr size_t kBatch = 256;      // entries between two notes of the position

  // What is wrong, when it begins; empty, when it is over. On the shipper's thread.
  using Alarm = std::function<void(const std::string& text)>;

  // `log` outlives it. InvalidArgument: the position's file is of another program; Unavailable: no descriptors.
  static Result<std::unique_ptr<SyslogShipper>> start(const AuditLog& log, SyslogOptions options, Alarm alarm);
  ~SyslogShipper();
  SyslogShipper(const SyslogShipper&) = delete;
  SyslogShipper& operator=(const SyslogShipper&) = delete;

  // Before the end of the process: waits until the server's host has acknowledged all that the log has synced. False:
  // not within `wait`; the rest goes with the next start, where there is one. Any thread.
  bool finish(std::chrono::milliseconds wait);

 private:
  SyslogShipper(const AuditLog& log, SyslogOptions options, Alarm alarm, UniqueFd stop)
      : log_(log), options_(std::move(options)), alarm_(std::move(alarm)), stop_(std::move(stop)) {}
  Status load_position();
  Status save_position(uint64_t number);
  void run_loop();
  // Until something fails.
  Status ship_over(SyslogLink& link);
  Result<size_t> ship_batch(SyslogLink& link, AuditFollower& follower);
  void tell(const std::string& text);
  // Whether it is to stop.
  [[nodiscard]] bool pause(int wait_ms) const;

  const AuditLog& log_;
  const SyslogOptions options_;
  const Alarm alarm_;
  const UniqueFd stop_;  // an event
  const SyslogOrigin origin_ = syslog_origin();
  std::mutex mutex_;                    // of shipped_
  std::condition_variable shipped_;     // position_ has changed
  std::atomic<uint64_t> position_ = 0;  // the last entry that the server's host has acknowledged; written by the thread
  // Of the thread.
  std::string told_;
  std::thread thread_;
};

}  // namespace lictor::control
