// What a change took away is there: in the store until retention ends it, and by its hash in the account.
#include <gmock/gmock.h>

#include <functional>

#include "control/registry/history.h"
#include "control/registry/keys.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

Caller person(const std::string& name) { return {.name = name + " (role)", .person = name}; }

class HistoriesTest : public ControlTest {
 protected:
  v1::GetWarrantHistoryReply history(const std::string& id, const std::string& token = {}, uint32_t size = 0) {
    v1::GetWarrantHistoryRequest request;
    request.set_id(id);
    request.set_page_token(token);
    request.set_page_size(size);
    const Result<v1::GetWarrantHistoryReply> reply = administration_->get_warrant_history(request);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() ? *reply : v1::GetWarrantHistoryReply();
  }
  void modify(const std::string& id, const std::function<void(v1::Warrant&)>& change, const std::string& name) {
    v1::Warrant changed = warrant(id);
    change(changed);
    administration_->modify_warrant(changed, done(), person(name));
  }
};

TEST_F(HistoriesTest, WhomAReductionTookOutIsStillNamed) {
  add_agency();
  v1::Warrant two = make_warrant();
  two.add_targets()->set_selector("ipv4:192.0.2.9");
  const std::string id = file(two);
  activate(id);
  EXPECT_EQ(history(id).versions_size(), 0) << "an activation changes nothing that was ordered but the start";
  modify(
      id, [](auto& w) { w.mutable_targets()->RemoveLast(); }, "anna");
  modify(
      id, [](auto& w) { w.set_legal_reference("2 A 2/26"); }, "clara");
  open();
  const v1::GetWarrantHistoryReply all = history(id);
  ASSERT_EQ(all.versions_size(), 2);
  EXPECT_EQ(all.versions(0).warrant().targets(1).selector(), "ipv4:192.0.2.9");
  EXPECT_EQ(all.versions(0).replaced().person(), "anna");
  EXPECT_EQ(all.versions(0).action(), "warrant.modify");
  EXPECT_EQ(all.versions(1).warrant().targets_size(), 1);
  EXPECT_EQ(all.versions(1).warrant().legal_reference(), make_warrant().legal_reference());
  EXPECT_EQ(all.versions(1).replaced().person(), "clara");
}

TEST_F(HistoriesTest, PagesFollowOneAnotherAndStrangeTokensAreRefused) {
  add_agency();
  const std::string id = file();
  for (int i = 0; i < 5; ++i)
    modify(
        id, [i](auto& w) { w.set_user_label("user" + std::to_string(i)); }, "anna");
  std::string token;
  std::vector<std::string> labels;
  do {
    const v1::GetWarrantHistoryReply page = history(id, token, 2);
    for (const v1::FormerWarrant& version : page.versions()) labels.push_back(version.warrant().user_label());
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_THAT(labels, testing::ElementsAre(make_warrant().user_label(), "user0", "user1", "user2", "user3"));
  v1::GetWarrantHistoryRequest request;
  request.set_id(id);
  request.set_page_token("../other");
  EXPECT_TRUE(absl::IsInvalidArgument(administration_->get_warrant_history(request).status()));
  request.clear_page_token();
  request.set_page_size(101);
  EXPECT_TRUE(absl::IsInvalidArgument(administration_->get_warrant_history(request).status()));
  request.set_id("00000000-0000-4000-8000-000000000000");
  request.clear_page_size();
  EXPECT_TRUE(absl::IsNotFound(administration_->get_warrant_history(request).status()));
}

TEST_F(HistoriesTest, WhereAnAgencysRecordsWentIsStillThere) {
  add_agency();
  v1::Agency agency = *administration_->get_agency("police");
  agency.mutable_destinations(0)->mutable_endpoints(0)->set_host("192.0.2.66");
  ASSERT_TRUE(administration_->update_agency(agency, person("anna")).ok());
  agency = *administration_->get_agency("police");
  agency.mutable_destinations(0)->mutable_endpoints(0)->set_host("192.0.2.200");
  ASSERT_TRUE(administration_->update_agency(agency, person("anna")).ok());
  ASSERT_TRUE(administration_->delete_agency("police", person("clara")).ok());
  v1::GetAgencyHistoryRequest request;
  request.set_id("police");
  const Result<v1::GetAgencyHistoryReply> all = administration_->get_agency_history(request);
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->versions_size(), 3);
  EXPECT_EQ(all->versions(1).agency().destinations(0).endpoints(0).host(), "192.0.2.66");
  EXPECT_EQ(all->versions(2).replaced().person(), "clara");
  EXPECT_NE(all->versions(0).sha256(), all->versions(1).sha256());
  EXPECT_EQ(all->versions(0).sha256(), all->versions(2).sha256());
}

TEST_F(HistoriesTest, BeyondItsBoundAChangeIsRefusedAndAnEndIsNot) {
  add_agency();
  const std::string id = file();
  for (size_t i = 0; i < kFormerMax; ++i)
    ASSERT_TRUE(store_
                    ->commit({{.key = former_key(former_warrants_of(id), static_cast<int64_t>(i), {}),
                               .value = v1::FormerWarrant().SerializeAsString()}})
                    .ok());
  modify(
      id, [](auto& w) { w.set_user_label("other"); }, "anna");
  EXPECT_TRUE(absl::IsResourceExhausted(done_->status()));
  activate(id);
  administration_->end_warrant(id, done(), person("anna"));
  EXPECT_TRUE(done_->ok()) << done_->status();
}

TEST(History, KeysGrowThoughTheClockDoesNot) {
  const std::string first = former_key("p/", 16, {});
  EXPECT_EQ(first, "p/0000000000000010");
  EXPECT_EQ(former_key("p/", 16, first), "p/0000000000000011");
  EXPECT_EQ(former_key("p/", 3, first), "p/0000000000000011");
  EXPECT_EQ(former_key("p/", 32, first), "p/0000000000000020");
}

TEST(History, AHashIsOfWhatWasOrderedAndOfNothingElse) {
  v1::Warrant warrant = make_warrant();
  const std::string before = digest_of("salt", warrant);
  warrant.set_revision(7);
  warrant.set_state(v1::WARRANT_STATE_ACTIVE);
  EXPECT_EQ(digest_of("salt", warrant), before);
  EXPECT_NE(digest_of("other", warrant), before) << "nobody tries targets against it";
  warrant.mutable_targets(0)->set_selector("ipv4:192.0.2.8");
  EXPECT_NE(digest_of("salt", warrant), before);
}

}  // namespace
}  // namespace lictor::control
