// Warrants by desk: what is read for one desk follows from its own.
#include "control/registry/registry.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <utility>

#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Counts what is read of it.
class CountingStore : public Store {
 public:
  explicit CountingStore(Store& store) : store_(store) {}

  Result<std::optional<Entry>> get(const std::string& key) override {
    ++read;
    return store_.get(key);
  }
  Result<std::vector<Entry>> list(const std::string& prefix, const std::string& after, size_t limit) override {
    Result<std::vector<Entry>> found = store_.list(prefix, after, limit);
    if (found.ok()) read += found->size();
    return found;
  }
  Result<uint64_t> commit(const std::vector<Write>& writes) override { return store_.commit(writes); }
  WatchId watch(const std::string& prefix, Watcher watcher) override {
    return store_.watch(prefix, std::move(watcher));
  }
  void unwatch(WatchId id) override { store_.unwatch(id); }
  Status purge(Purge thoroughness) override { return store_.purge(thoroughness); }

  size_t read = 0;

 private:
  Store& store_;
};

class RegistryByDesk : public testing::Test {
 protected:
  RegistryByDesk() { load(); }

  void load() {
    registry_.reset();
    Result<std::unique_ptr<Registry>> registry = Registry::load(store_);
    ASSERT_TRUE(registry.ok()) << registry.status();
    registry_ = *std::move(registry);
  }

  void put(const std::string& id, const std::string& desk, v1::WarrantState state = v1::WARRANT_STATE_FILED) {
    const Result<StoredWarrant> known = registry_->warrant(id);
    StoredWarrant stored;
    *stored.mutable_warrant() = make_warrant();
    stored.mutable_warrant()->set_id(id);
    stored.mutable_warrant()->set_desk(desk);
    stored.mutable_warrant()->set_state(state);
    stored.mutable_warrant()->set_revision(known.ok() ? known->warrant().revision() : kMustBeAbsent);
    const Result<uint64_t> revision = store_.commit({Registry::write_of(stored)});
    ASSERT_TRUE(revision.ok()) << revision.status();
    registry_->committed(stored, *revision);
  }

  std::vector<std::string> listed(const DeskSet& desks, size_t page_size = kPageSizeMax,
                                  const std::string& after = {}) {
    const Result<WarrantPage> page =
        registry_->list_warrants("", v1::WARRANT_STATE_UNSPECIFIED, page_size, after, desks);
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<std::string> ids;
    for (const v1::Warrant& warrant : page->warrants) ids.push_back(warrant.id());
    next_ = page->next;
    return ids;
  }

  static DeskSet desks(const std::vector<std::string>& names) {
    DeskSet desks;
    for (const std::string& name : names) EXPECT_TRUE(desks.add(name));
    return desks;
  }

  TempDir dir_;
  std::unique_ptr<Store> sqlite_ = open_store(dir_.file("store.db"));
  CountingStore store_{*sqlite_};
  std::unique_ptr<Registry> registry_;
  std::string next_;
};

TEST_F(RegistryByDesk, EachSeesItsOwnAndNobodys) {
  put("b", "red");
  put("a", "blue");
  put("d", "");
  put("c", "green");
  EXPECT_THAT(listed(desks({"red"})), ElementsAre("b", "d"));
  EXPECT_THAT(listed(desks({"red", "green"})), ElementsAre("b", "c", "d"));
  EXPECT_THAT(listed(desks({})), ElementsAre("d"));
  EXPECT_THAT(listed(DeskSet::all()), ElementsAre("a", "b", "c", "d"));
  load();
  EXPECT_THAT(listed(desks({"red", "blue"})), ElementsAre("a", "b", "d"));
}

TEST_F(RegistryByDesk, PagesFollowEachOther) {
  for (const char* const id : {"a", "c", "e"}) put(id, "red");
  for (const char* const id : {"b", "d", "f"}) put(id, "green");
  const DeskSet both = desks({"red", "green"});
  EXPECT_THAT(listed(both, 4), ElementsAre("a", "b", "c", "d"));
  EXPECT_EQ(next_, "d");
  EXPECT_THAT(listed(both, 4, next_), ElementsAre("e", "f"));
  EXPECT_EQ(next_, "");
}

TEST_F(RegistryByDesk, OneThatMovesIsSeenByItsNewDeskAlone) {
  put("a", "red");
  put("a", "green");
  EXPECT_THAT(listed(desks({"red"})), IsEmpty());
  EXPECT_THAT(listed(desks({"green"})), ElementsAre("a"));
}

TEST_F(RegistryByDesk, ClosedOnesAreListedAndNoLongerLive) {
  put("a", "red");
  put("b", "red");
  put("a", "red", v1::WARRANT_STATE_ENDED);
  std::vector<std::string> live;
  registry_->for_each_live(desks({"red"}), [&](const StoredWarrant& stored) {
    live.push_back(stored.warrant().id());
    return true;
  });
  EXPECT_THAT(live, ElementsAre("b"));
  EXPECT_THAT(listed(desks({"red"})), ElementsAre("a", "b"));
}

// Live ones are in memory, closed ones in the store.
TEST_F(RegistryByDesk, NothingIsReadOfAnotherDesks) {
  constexpr int kOthers = 100;
  put("a", "red");
  put("a", "red", v1::WARRANT_STATE_ENDED);
  for (int number = 0; number < kOthers; ++number) {
    const std::string id = fmt::format("other-{}", number);
    put(id, "blue");
    put(id, "blue", v1::WARRANT_STATE_ENDED);
  }
  store_.read = 0;
  EXPECT_THAT(listed(desks({"red"})), ElementsAre("a"));
  EXPECT_EQ(store_.read, 1);
  store_.read = 0;
  EXPECT_EQ(listed(desks({"blue"})).size(), kOthers);
  EXPECT_EQ(store_.read, kOthers);
}

}  // namespace
}  // namespace lictor::control
