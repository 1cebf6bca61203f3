// Many directives at once: one set of tables for all of them, and each judged, refused and acknowledged for itself.
#include <gmock/gmock.h>

#include "dataplane/agent/fleet_session.h"
#include "tests/unit/dataplane/agent/orders.h"
#include "tests/unit/dataplane/agent/registry_bench.h"

namespace lictor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kIncarnation(16, 'i');
const DirectiveReader kReader{.fleet_id = "fleet-1", .network_element_id = "NE-1", .incarnation = kIncarnation};

// The session's guards are what a test sets before it asks for the session.
class SessionBatchesTest : public testing::Test {
 protected:
  FleetSession& session() {
    if (session_ == nullptr) {
      session_ = std::make_unique<FleetSession>(
          *bench_,
          SessionGuards{
              .keys = keys_.get(), .alarms = &alarms_, .network_element_id = "NE-1", .incarnation = kIncarnation});
    }
    return *session_;
  }

  v1::Hello welcome(bool full = true, uint64_t epoch = 1) {
    v1::Hello hello;
    session().greet(hello);
    v1::ControlMessage message;
    message.mutable_welcome()->set_fleet_id("fleet-1");
    message.mutable_welcome()->set_epoch(epoch);
    message.mutable_welcome()->set_full(full);
    message.mutable_welcome()->set_takes_batches(true);
    EXPECT_TRUE(session().take(message, bench_.now()).ok());
    return hello;
  }

  static v1::ControlMessage batch_of(const std::vector<v1::Directive>& directives) {
    v1::ControlMessage message;
    for (const v1::Directive& directive : directives)
      message.mutable_directives()->add_directives(directive.SerializeAsString());
    return message;
  }
  void sign(v1::ControlMessage& message) const {
    v1::DirectiveBatch& batch = *message.mutable_directives();
    std::vector<Bytes> octets;
    for (const std::string& directive : batch.directives()) octets.push_back(as_bytes(directive));
    batch.set_signature(*signer_->sign_batch(kReader, octets));
    batch.set_key_id(signer_->key_id());
  }
  // Tap and mediation of so many tasks, of this generation and the following.
  std::vector<v1::Directive> tasks(uint8_t count, uint64_t generation = 5) {
    std::vector<v1::Directive> directives;
    for (uint8_t number = 1; number <= count; ++number) {
      directives.push_back(directive_message(generation++, tap_message(number)));
      directives.push_back(directive_message(generation++, mediation_message(number, bench_.port())));
    }
    return directives;
  }

  Status take(const v1::ControlMessage& message) { return session().take(message, bench_.now()); }
  // The results of what was taken since the last call, in order: "5 applied", "6 refused".
  std::vector<std::string> settle() {
    std::vector<std::string> results;
    for (const v1::Acknowledgement& one : session().settle(bench_.now())) {
      const bool is_applied = one.result() == v1::DIRECTIVE_RESULT_APPLIED;
      results.push_back(std::to_string(one.generation()) + (is_applied ? " applied" : " refused"));
    }
    return results;
  }

  OrderSite site_;
  const std::unique_ptr<DirectiveSigner> signer_ = *DirectiveSigner::open(site_.folder.path("directives.key"));
  std::unique_ptr<DirectiveKeys> keys_;
  AlarmQueue alarms_;
  RegistryBench bench_{{.tasks_max = 32}};
  std::unique_ptr<FleetSession> session_;
};

TEST_F(SessionBatchesTest, WhateverCameIsPutInForceByOneSetOfTables) {
  EXPECT_TRUE(welcome().takes_batches());
  EXPECT_TRUE(session().takes_parts());
  ASSERT_TRUE(take(batch_of(tasks(20))).ok());
  for (const v1::Directive& one : tasks(20, 100)) ASSERT_TRUE(take(batch_of({one})).ok());
  EXPECT_EQ(bench_.publications(), 0U);
  EXPECT_EQ(bench_.matches(), 0U);
  EXPECT_EQ(settle().size(), 80U);
  EXPECT_EQ(bench_.publications(), 1U);
  EXPECT_EQ(bench_.matches(), 20U);
}

TEST_F(SessionBatchesTest, WhatIsRefusedInABatchIsRefusedAlone) {
  welcome();
  std::vector<v1::Directive> directives = tasks(3);
  directives[2].mutable_tap()->clear_targets();  // of the second task
  ASSERT_TRUE(take(batch_of(directives)).ok());
  EXPECT_THAT(settle(), ElementsAre("5 applied", "6 applied", "7 refused", "8 applied", "9 applied", "10 applied"));
  EXPECT_EQ(bench_.matches(), 2U);
  EXPECT_EQ(bench_.publications(), 1U);
}

TEST_F(SessionBatchesTest, ATaskThatIsWithdrawnDoesNotComeBackInTheSameBatch) {
  welcome();
  ASSERT_TRUE(take(batch_of(tasks(2))).ok());
  settle();
  ASSERT_TRUE(
      take(batch_of({withdrawal_message(9, 1, v1::WITHDRAWAL_REASON_ENDED), directive_message(10, tap_message(1)),
                     directive_message(11, mediation_message(1, bench_.port())), directive_message(12, tap_message(3)),
                     directive_message(13, mediation_message(3, bench_.port()))}))
          .ok());
  EXPECT_THAT(settle(), ElementsAre("9 applied", "10 refused", "11 refused", "12 applied", "13 applied"));
  EXPECT_EQ(bench_.matches(), 2U) << "the second, and the third";
}

TEST_F(SessionBatchesTest, ATapThatNeverBeganIsWithdrawnAndComesBackInTheSameBatch) {
  welcome();
  ASSERT_TRUE(
      take(batch_of({directive_message(5, tap_message(1)), withdrawal_message(6, 1, v1::WITHDRAWAL_REASON_ENDED),
                     directive_message(7, tap_message(1)), directive_message(8, mediation_message(1, bench_.port()))}))
          .ok());
  EXPECT_THAT(settle(), ElementsAre("5 applied", "6 applied", "7 applied", "8 applied"));
  EXPECT_EQ(bench_.matches(), 1U);
}

TEST_F(SessionBatchesTest, AnEpochThatChangesInABatchRefusesTheOlderOneBehindIt) {
  welcome();
  std::vector<v1::Directive> directives = tasks(2);
  directives[0].set_epoch(2);
  directives[1].set_epoch(2);
  ASSERT_TRUE(take(batch_of(directives)).ok());
  EXPECT_THAT(settle(), ElementsAre("5 applied", "6 applied", "7 refused", "8 refused"));
  EXPECT_EQ(bench_.matches(), 1U);
}

TEST_F(SessionBatchesTest, ABatchThatWasCutOffIsResumedBehindWhatWasTaken) {
  welcome();
  v1::ControlMessage in_sync;
  in_sync.mutable_in_sync()->set_generation(8);
  ASSERT_TRUE(take(batch_of(tasks(1))).ok());
  ASSERT_TRUE(take(in_sync).ok());
  settle();
  std::vector<v1::Directive> more = tasks(2, 9);
  v1::ControlMessage message = batch_of({more[2], more[3]});
  *message.mutable_directives()->add_directives() = "\xff\xff\xff";
  EXPECT_TRUE(absl::IsInvalidArgument(take(message)));
  EXPECT_THAT(settle(), ElementsAre("11 applied", "12 applied"));
  EXPECT_EQ(welcome(false).resume_generation(), 12U);
}

TEST_F(SessionBatchesTest, ABatchOfNoneOrTooManyEndsTheStream) {
  welcome();
  v1::ControlMessage none;
  none.mutable_directives();
  EXPECT_TRUE(absl::IsInvalidArgument(take(none)));
  v1::ControlMessage many;
  for (size_t i = 0; i <= kDirectiveBatchMax; ++i)
    many.mutable_directives()->add_directives(directive_message(5 + i, tap_message(1)).SerializeAsString());
  EXPECT_TRUE(absl::IsInvalidArgument(take(many)));
  EXPECT_TRUE(settle().empty());
}

TEST_F(SessionBatchesTest, OneSignatureIsTakenForAllOfTheBatchThatItWasMadeFor) {
  keys_ = *DirectiveKeys::load({site_.folder.path("directives.key.pub")});
  welcome();
  v1::ControlMessage good = batch_of(tasks(4));
  sign(good);
  ASSERT_TRUE(take(good).ok());
  EXPECT_EQ(settle().size(), 8U);
  EXPECT_EQ(bench_.matches(), 4U);
  EXPECT_THAT(std::string(take(good).message()), HasSubstr("replayed"));
}

TEST_F(SessionBatchesTest, OfABatchThatWasTouchedNothingIsTakenAndTheTrueOneStillIs) {
  keys_ = *DirectiveKeys::load({site_.folder.path("directives.key.pub")});
  v1::ControlMessage good = batch_of(tasks(3));
  sign(good);
  const auto spoilt = [&](auto spoil) {
    v1::ControlMessage bad = good;
    spoil(*bad.mutable_directives());
    welcome();
    EXPECT_TRUE(absl::IsPermissionDenied(take(bad)));
    EXPECT_TRUE(settle().empty());
    EXPECT_EQ((*bench_).views().size(), 0U);
    EXPECT_EQ(bench_.publications(), 0U);
  };
  spoilt([](v1::DirectiveBatch& batch) { batch.clear_signature(); });
  spoilt([](v1::DirectiveBatch& batch) { batch.mutable_directives()->RemoveLast(); });
  spoilt([](v1::DirectiveBatch& batch) { batch.mutable_directives()->SwapElements(0, 2); });
  spoilt([](v1::DirectiveBatch& batch) { *batch.add_directives() = batch.directives(0); });
  spoilt([](v1::DirectiveBatch& batch) { batch.mutable_directives(5)->back() ^= 1; });
  spoilt([](v1::DirectiveBatch& batch) {  // where one ends and the next begins is signed too
    *batch.mutable_directives(0) += batch.directives(1);
    batch.mutable_directives()->DeleteSubrange(1, 1);
  });
  EXPECT_FALSE(alarms_.take_all().empty());
  welcome();
  ASSERT_TRUE(take(good).ok());
  settle();
  EXPECT_EQ(bench_.matches(), 3U);
}

TEST_F(SessionBatchesTest, ABatchWithAReplayedDirectiveTakesNothing) {
  keys_ = *DirectiveKeys::load({site_.folder.path("directives.key.pub")});
  welcome();
  const std::vector<v1::Directive> told = tasks(2);
  v1::ControlMessage mixed = batch_of({told[0], told[1], told[3], told[2]});
  sign(mixed);
  EXPECT_THAT(std::string(take(mixed).message()), HasSubstr("replayed"));
  EXPECT_TRUE(settle().empty());
  welcome();
  v1::ControlMessage good = batch_of(told);
  sign(good);
  ASSERT_TRUE(take(good).ok()) << "no generation of it counts as taken";
}

TEST_F(SessionBatchesTest, ASignatureOfOneDirectiveIsNoneOfABatchOfOne) {
  keys_ = *DirectiveKeys::load({site_.folder.path("directives.key.pub")});
  welcome();
  v1::ControlMessage message = batch_of({directive_message(5, tap_message(1))});
  v1::DirectiveBatch& batch = *message.mutable_directives();
  batch.set_signature(*signer_->sign(kReader, as_bytes(batch.directives(0))));
  batch.set_key_id(signer_->key_id());
  EXPECT_TRUE(absl::IsPermissionDenied(take(message)));
}

}  // namespace
}  // namespace lictor
