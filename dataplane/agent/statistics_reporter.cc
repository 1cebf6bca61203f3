#include "dataplane/agent/statistics_reporter.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace lictor {

StatisticsReporter::StatisticsReporter(std::string path) : path_(std::move(path)) {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "report");
    run_report_loop();
  });
}

StatisticsReporter::~StatisticsReporter() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void StatisticsReporter::report(StatisticsReading reading) {
  {
    const std::lock_guard lock(mutex_);
    waiting_ = std::move(reading);
  }
  changed_.notify_one();
}

std::optional<v1::Statistics> StatisticsReporter::take_message() {
  const std::lock_guard lock(mutex_);
  return std::exchange(made_, std::nullopt);
}

void StatisticsReporter::run_report_loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return waiting_.has_value() || stop_; });
    if (!waiting_) return;
    StatisticsReading reading = std::move(*waiting_);
    waiting_.reset();
    lock.unlock();
    v1::Statistics message = to_message(std::move(reading));
    write_file(message);
    lock.lock();
    made_ = std::move(message);
  }
}

void StatisticsReporter::write_file(const v1::Statistics& statistics) {
  if (path_.empty()) return;
  const Status status = write_atomically(path_, to_json(statistics));
  if (!status.ok() && !file_failed_) spdlog::error("statistics.file: {}", std::string(status.message()));
  file_failed_ = !status.ok();
}

}  // namespace lictor
