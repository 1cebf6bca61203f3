// One act of the administration: holds its mutex, collects what is to be called afterwards, and calls that when the
// mutex is free again. Private to control/admin.
#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "control/admin/administration.h"

namespace lictor::control {

class Administration::Act {
 public:
  // `deed`: what the commits of this act are accounted as.
  explicit Act(Administration& administration, Deed deed = {})
      : deed_(std::move(deed)), administration_(administration), lock_(administration.mutex_) {}
  Act(const Act&) = delete;
  Act& operator=(const Act&) = delete;
  ~Act() {
    std::vector<std::function<void()>> ready = administration_.acknowledgements_.take_ready();
    lock_.unlock();
    for (const std::function<void()>& call : later_) call();
    for (const std::function<void()>& call : ready) call();
  }

  void later(std::function<void()> call) { later_.push_back(std::move(call)); }

  [[nodiscard]] Deed& deed() { return deed_; }

 private:
  Deed deed_;
  Administration& administration_;
  std::unique_lock<std::mutex> lock_;
  std::vector<std::function<void()>> later_;
};

}  // namespace lictor::control
