// What a start says of its configuration: the same hash for the same, and the paths that changed, never a value.
#include "control/admin/configuration_account.h"

#include "control/registry/keys.h"
#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

class ConfigurationAccountTest : public testing::Test {
 protected:
  // A start: its fields, committed.
  std::map<std::string, std::string> start(const std::map<std::string, std::string>& effective) {
    const Result<ConfigurationAccount> account = account_of_configuration(*store_, effective);
    EXPECT_TRUE(account.ok()) << account.status();
    if (!account.ok()) return {};
    EXPECT_TRUE(store_->commit({account->write}).ok());
    std::map<std::string, std::string> fields;
    for (const AuditField& field : account->fields) fields[field.name] = field.value;
    return fields;
  }

  const TempDir directory_;
  const std::unique_ptr<SqliteStore> store_ = open_store(directory_.file("store.db"));
};

TEST_F(ConfigurationAccountTest, TheFirstStartHasAHashAndLaterOnesWhatChanged) {
  const auto first = start({{"policy.lab", "true"}, {"store.path", "/a-value"}});
  EXPECT_EQ(first.at("configuration").size(), 64U);
  EXPECT_FALSE(first.contains("changed"));
  const auto same = start({{"policy.lab", "true"}, {"store.path", "/a-value"}});
  EXPECT_EQ(same.at("configuration"), first.at("configuration"));
  EXPECT_EQ(same.at("changed"), "");
  const auto changed = start({{"policy.lab", "false"}, {"access.people[0].name", "a-value"}});
  EXPECT_NE(changed.at("configuration"), first.at("configuration"));
  EXPECT_EQ(changed.at("changed"), "access.people[0].name, policy.lab, store.path");
  EXPECT_EQ((*store_->get(kConfigurationKey))->value.find("a-value"), std::string::npos);
}

TEST_F(ConfigurationAccountTest, ManyChangesAreCounted) {
  start({});
  std::map<std::string, std::string> many;
  for (int i = 1000; i < 1500; ++i) many["policy.shared[" + std::to_string(i) + "]"] = "192.0.2.0/24";
  const std::string changed = start(many).at("changed");
  EXPECT_LE(changed.size(), 1024U);
  EXPECT_NE(changed.find(" more"), std::string::npos) << changed;
}

TEST_F(ConfigurationAccountTest, EveryPrefixOfWhatIsStoredIsReadOrRefused) {
  start({{"a.b", "1"}, {"c", "2"}});
  const std::string whole = (*store_->get(kConfigurationKey))->value;
  for (size_t length = 0; length < whole.size(); ++length) {
    ASSERT_TRUE(store_->commit({{.key = kConfigurationKey, .value = whole.substr(0, length)}}).ok());
    const Result<ConfigurationAccount> account = account_of_configuration(*store_, {});
    EXPECT_TRUE(account.ok() || absl::IsDataLoss(account.status())) << account.status();
  }
}

}  // namespace
}  // namespace lictor::control
