#include "dataplane/binding_table.h"

#include <utility>

namespace lictor {

BindingTable::BindingTable(Quiescence& quiescence)
    : quiescence_(quiescence), current_(TargetTable::build({}).release()) {}

BindingTable::~BindingTable() { delete current_.load(std::memory_order_relaxed); }

void BindingTable::publish(std::unique_ptr<const TargetTable> table) noexcept {
  if (old_.size() == kOldMax) quiescence_.wait_for_readers();
  std::unique_ptr<const TargetTable> old(current_.exchange(table.release(), std::memory_order_acq_rel));
  old_.push_back({std::move(old), quiescence_.begin_grace()});
  published_.add(1);
  tend();
}

void BindingTable::tend() noexcept {
  if (old_.empty()) return;
  while (!old_.empty() && quiescence_.has_passed(old_.front().grace)) {
    old_.pop_front();
    settled_.add(1);
  }
}

}  // namespace lictor
