// The thread that makes of a reading what lictord and the statistics file get. With a thousand tasks that takes tens of
// milliseconds, for which no directive should wait. report() and take_message() are the control thread's.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "dataplane/agent/statistics.h"

namespace lictor {

class StatisticsReporter {
 public:
  // `path`: the statistics file; empty: none. Starts the thread.
  explicit StatisticsReporter(std::string path);
  // Finishes what was handed over, and waits for it.
  ~StatisticsReporter();
  StatisticsReporter(const StatisticsReporter&) = delete;
  StatisticsReporter& operator=(const StatisticsReporter&) = delete;

  // Takes the reading over and returns at once. One that still waits is replaced: the newer says all that it said.
  void report(StatisticsReading reading);
  // The newest message that was made since the last call; the file was written before.
  std::optional<v1::Statistics> take_message();

 private:
  void run_report_loop();
  void write_file(const v1::Statistics& statistics);

  const std::string path_;
  bool file_failed_ = false;  // reporter's thread: an error is logged when it begins
  std::mutex mutex_;          // guards what follows
  std::condition_variable changed_;
  std::optional<StatisticsReading> waiting_;
  std::optional<v1::Statistics> made_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace lictor
