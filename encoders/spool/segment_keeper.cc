#include "encoders/spool/segment_keeper.h"

#include <pthread.h>

namespace lictor {

Result<std::unique_ptr<SegmentKeeper>> SegmentKeeper::make(uint32_t look_around_ms) {
  Result<std::unique_ptr<Doorbell>> bell = Doorbell::make();
  if (!bell.ok()) return bell.status();
  std::unique_ptr<SegmentKeeper> made(new SegmentKeeper(*std::move(bell), look_around_ms));
  made->thread_ = std::thread([keeper = made.get()] { keeper->run_keeper_loop(); });
  return made;
}

SegmentKeeper::~SegmentKeeper() {
  over_.store(true, std::memory_order_release);
  bell_->ring();
  if (thread_.joinable()) thread_.join();
}

void SegmentKeeper::add(std::shared_ptr<SegmentStore> store) {
  {
    const std::lock_guard lock(mutex_);
    stores_.push_back(std::move(store));
  }
  ring();
}

void SegmentKeeper::run_keeper_loop() noexcept {
  pthread_setname_np(pthread_self(), "spool-keeper");
  std::vector<std::shared_ptr<SegmentStore>> stores;
  while (!over_.load(std::memory_order_acquire)) {
    rung_.store(false, std::memory_order_release);
    stores.clear();
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(stores_, [](const auto& store) { return store.use_count() == 1 && !store->is_leaving(); });
      stores = stores_;
    }
    for (const std::shared_ptr<SegmentStore>& store : stores) store->tend(socket_now(), legal_now());
    stores.clear();
    bell_->wait(look_around_ms_);
  }
  // What was asked for since.
  for (const std::shared_ptr<SegmentStore>& store : stores_) {
    if (store->is_leaving()) store->tend(socket_now(), legal_now());
  }
}

}  // namespace lictor
