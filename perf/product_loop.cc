#include "perf/product_loop.h"

#include <rte_pause.h>

#include <utility>

#include "dataplane/config.h"
#include "perf/rule_sets.h"

namespace lictor::perf {

ProductLoop::ProductLoop() : account_(1, kTasksMax) {}

Result<std::unique_ptr<ProductLoop>> ProductLoop::make(const TestPort& port, std::unique_ptr<const RxTables> tables,
                                                       std::unique_ptr<const TargetTable> bindings) {
  std::unique_ptr<ProductLoop> made(new ProductLoop());
  Result<std::unique_ptr<SpscByteRing>> bytes = SpscByteRing::make(BuffersConfig{}.copy_ring_bytes);
  if (!bytes.ok()) return bytes.status();
  made->ring_.bytes = *std::move(bytes);
  Result<std::unique_ptr<Quiescence>> quiescence = Quiescence::make(1);
  if (!quiescence.ok()) return quiescence.status();
  made->quiescence_ = *std::move(quiescence);
  made->tables_ = std::make_unique<LiveTable<RxTables>>(*made->quiescence_, std::move(tables));
  made->plan_ = {.reader = 0,
                 .queues = {{.port_id = port.id(), .in_caches = port.in_caches()}},
                 .rings = {&made->ring_},
                 .tables = made->tables_.get(),
                 .quiescence = made->quiescence_.get(),
                 .account = &made->account_,
                 .tasks_max = kTasksMax,
                 .frame_bytes_max = BuffersConfig{}.frame_bytes_max,
                 .open = &made->open_,
                 .stop = &made->stop_};
  if (bindings != nullptr) {
    made->bindings_ = std::make_unique<BindingTable>(*made->quiescence_);
    made->bindings_->publish(std::move(bindings));
    made->plan_.bindings = {made->bindings_.get()};
  }
  made->loop_ = std::make_unique<RxLoop>(made->plan_);
  return made;
}

void ProductLoop::enter() noexcept {
  while (ring_.bytes->in_flight() > 0) rte_pause();
  quiescence_->online(0);
}

void ProductLoop::leave() noexcept {
  loop_->end();
  quiescence_->offline(0);
}

bool ProductLoop::round() noexcept {
  const bool worked = loop_->run_round();
  if (loop_->is_settled()) quiescence_->quiescent(0);
  return worked;
}

uint64_t ProductLoop::copies_lost() const {
  uint64_t lost = 0;
  for (const RxTaskAccount& task : account_.tasks) lost += task.dropped.total();
  return lost;
}

uint64_t ProductLoop::copies() const {
  uint64_t copies = 0;
  for (const RxTaskAccount& task : account_.tasks) copies += task.matched.get();
  return copies;
}

}  // namespace lictor::perf
