// What waits for a dataplane goes out many directives at a time, where it takes that: nothing is lost, doubled or
// overtaken.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <openssl/evp.h>

#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

using testing::Each;
using testing::Le;

constexpr size_t kWarrants = 50;  // a tap and a mediation each

class DirectiveBatchesTest : public ControlTest {
 protected:
  DirectiveBatchesTest() {
    signer_ = *DirectiveSigner::open(directory_.file("directives.key"));
    keys_ = *SpoolKeys::open(directory_.file("keys"));
    restart();
    add_agency();
    v1::Warrant at_once = make_warrant();
    at_once.clear_start();
    for (size_t number = 0; number < kWarrants; ++number) {
      at_once.set_liid("L" + std::to_string(number));
      activate(file(at_once));
    }
    hello_.set_network_element_id("NE-1");
    hello_.set_incarnation(std::string(16, 'a'));
    hello_.set_takes_batches(true);
  }

  void restart() {
    administration_.reset();
    administration_ = *Administration::open(*store_, {.policy = policy_,
                                                      .keys = keys_.get(),
                                                      .signer = signer_.get(),
                                                      .legal_clock = [this] { return now_; },
                                                      .socket_clock = [this] { return socket_now_; }});
  }

  v1::Welcome attach() {
    const Result<Attachment> attachment =
        administration_->attach(hello_, {.wake = [] {}, .news = [] {}, .cancel = [this] { ++cancelled_; }});
    EXPECT_TRUE(attachment.ok()) << attachment.status();
    id_ = attachment->id;
    hello_.set_fleet_id(attachment->welcome.fleet_id());
    hello_.set_resume_epoch(attachment->welcome.epoch());
    return attachment->welcome;
  }

  // Up to so many messages; those of directives. Their generations are kept.
  std::vector<v1::DirectiveBatch> take(size_t messages = SIZE_MAX) {
    std::vector<v1::DirectiveBatch> batches;
    for (size_t i = 0; i < messages; ++i) {
      const std::optional<v1::ControlMessage> message = administration_->next_message(id_);
      if (!message) break;
      EXPECT_FALSE(message->has_directive());
      if (message->has_in_sync()) in_sync_ = message->in_sync().generation();
      if (message->has_directives()) batches.push_back(message->directives());
      for (const std::string& octets : message->directives().directives()) {
        EXPECT_EQ(in_sync_, 0u) << "behind in_sync";
        v1::Directive directive;
        EXPECT_TRUE(directive.ParseFromString(octets));
        generations_.push_back(directive.generation());
        if (directive.has_mediation()) spool_keys_.insert(directive.mediation().spool_key());
      }
    }
    return batches;
  }
  void acknowledge(const std::vector<uint64_t>& generations) {
    v1::DataplaneMessage message;
    for (const uint64_t generation : generations) {
      v1::Acknowledgement& one = *message.mutable_acknowledgements()->add_acknowledgements();
      one.set_generation(generation);
      one.set_result(v1::DIRECTIVE_RESULT_APPLIED);
    }
    administration_->report(id_, message);
  }
  size_t active() {
    const Result<v1::ListTapsReply> reply = administration_->list_taps("NE-1");
    return static_cast<size_t>(std::ranges::count(reply->taps(), v1::TAP_STATE_ACTIVE, &v1::TapStatus::state));
  }

  bool stands(const std::string& code) {
    v1::ListAlarmsRequest standing;
    standing.set_standing_only(true);
    const v1::ListAlarmsReply reply = *administration_->list_alarms(standing);
    return std::ranges::count(reply.alarms(), code, &v1::Alarm::code) == 1;
  }

  std::unique_ptr<DirectiveSigner> signer_;
  v1::Hello hello_;
  StreamId id_{};
  std::vector<uint64_t> generations_;
  std::set<std::string> spool_keys_;
  uint64_t in_sync_ = 0;
  int cancelled_ = 0;
};

TEST_F(DirectiveBatchesTest, AWholeStateGoesOutInFewMessagesInOrderAndInSyncLast) {
  EXPECT_TRUE(attach().takes_batches());
  const std::vector<v1::DirectiveBatch> batches = take();
  std::vector<size_t> sizes;
  for (const v1::DirectiveBatch& batch : batches) sizes.push_back(static_cast<size_t>(batch.directives_size()));
  EXPECT_LE(sizes.size(), 4u) << "while keys are made a batch is smaller";
  EXPECT_THAT(sizes, Each(Le(kDirectiveBatchMax)));
  ASSERT_EQ(generations_.size(), 2 * kWarrants);
  EXPECT_TRUE(std::ranges::is_sorted(generations_, std::less_equal<>()));
  EXPECT_EQ(in_sync_, generations_.back());
}

TEST_F(DirectiveBatchesTest, OneSignatureHoldsForEachBatch) {
  attach();
  const auto keys = *DirectiveKeys::load({directory_.file("directives.key.pub")});
  const DirectiveReader reader{
      .fleet_id = hello_.fleet_id(), .network_element_id = "NE-1", .incarnation = hello_.incarnation()};
  for (const v1::DirectiveBatch& batch : take()) {
    std::vector<Bytes> octets;
    for (const std::string& directive : batch.directives()) octets.push_back(as_bytes(directive));
    EXPECT_TRUE(keys->verify_batch(reader, octets, batch.key_id(), as_bytes(batch.signature())).ok());
  }
}

TEST_F(DirectiveBatchesTest, WhatAStreamTookOnlyInPartIsResumedBehindIt) {
  attach();
  take(1);
  const size_t taken = generations_.size() - 3;  // the rest was lost on the way
  generations_.resize(taken);
  hello_.set_resume_generation(generations_.back());
  EXPECT_FALSE(attach().full());
  take();
  EXPECT_EQ(generations_.size(), 2 * kWarrants);
  EXPECT_TRUE(std::ranges::is_sorted(generations_, std::less_equal<>()));
}

TEST_F(DirectiveBatchesTest, AcknowledgementsInOneMessageCountEachForItself) {
  attach();
  take();
  const std::vector<uint64_t> all = generations_;
  acknowledge({all.begin(), all.begin() + 20});
  EXPECT_EQ(active(), 10u);
  acknowledge({all.begin() + 20, all.end()});
  EXPECT_EQ(active(), kWarrants);
  EXPECT_EQ(administration_->list_dataplanes().dataplanes(0).acknowledged_generation(), all.back());
}

TEST_F(DirectiveBatchesTest, StatisticsInPartsAreWholeWhenTheLastOneCame) {
  attach();
  take();
  const auto task_of = [](char number, v1::TapState state) {
    v1::TaskStatistics task;
    task.set_xid(std::string(16, number));
    task.set_state(state);
    return task;
  };
  const auto shown = [&] {
    std::string states;
    const Result<v1::GetStatisticsReply> reply = administration_->get_statistics("NE-1");
    for (const v1::TaskStatistics& task : reply->statistics().tasks())
      states += fmt::format("{}{} ", task.xid()[0], static_cast<int>(task.state()));
    return states;
  };
  for (const v1::TapState state : {v1::TAP_STATE_PENDING, v1::TAP_STATE_ACTIVE}) {
    const std::string before = shown();
    v1::DataplaneMessage part;
    *part.mutable_tasks()->add_tasks() = task_of('a', state);
    *part.mutable_tasks()->add_tasks() = task_of('b', state);
    administration_->report(id_, part);
    EXPECT_EQ(shown(), before) << "the rest is missing";
    v1::DataplaneMessage rest;
    *rest.mutable_statistics()->add_tasks() = task_of('c', state);
    administration_->report(id_, rest);
    EXPECT_EQ(shown(), fmt::format("a{0} b{0} c{0} ", static_cast<int>(state)));
  }
  v1::DataplaneMessage orphan;
  *orphan.mutable_tasks()->add_tasks() = task_of('x', v1::TAP_STATE_ACTIVE);
  administration_->report(id_, orphan);
  hello_.set_resume_generation(generations_.back());
  attach();  // a new stream: what the former one did not finish is gone
  v1::DataplaneMessage rest;
  *rest.mutable_statistics()->add_tasks() = task_of('d', v1::TAP_STATE_ACTIVE);
  administration_->report(id_, rest);
  EXPECT_EQ(shown(), "d2 ");
}

TEST_F(DirectiveBatchesTest, EachTaskHasAKeyOfItsOwnAndKeepsIt) {
  attach();
  take();
  ASSERT_EQ(spool_keys_.size(), kWarrants);
  const std::set<std::string> before = std::exchange(spool_keys_, {});
  keys_ = *SpoolKeys::open(directory_.file("keys"));
  restart();
  EXPECT_EQ(keys_->xids().size(), kWarrants);
  hello_.set_incarnation(std::string(16, 'b'));
  hello_.clear_fleet_id();
  in_sync_ = 0;
  attach();
  take();
  EXPECT_EQ(spool_keys_, before);
}

// A host whose OpenSSL finds no Ed25519 any more.
class NoSignatures {
 public:
  NoSignatures() { EVP_set_default_properties(nullptr, "provider=none"); }
  ~NoSignatures() { EVP_set_default_properties(nullptr, ""); }
  NoSignatures(const NoSignatures&) = delete;
  NoSignatures& operator=(const NoSignatures&) = delete;
};

TEST_F(DirectiveBatchesTest, WhatCannotBeSignedIsNotSentIsAlarmedAndComesWhenItCan) {
  attach();
  {
    const NoSignatures none;
    EXPECT_TRUE(take().empty());
  }
  EXPECT_EQ(cancelled_, 1);
  EXPECT_TRUE(stands("directive_unsigned"));
  attach();
  for (const v1::DirectiveBatch& batch : take()) EXPECT_EQ(batch.signature().size(), 64u);
  EXPECT_EQ(generations_.size(), 2 * kWarrants) << "nothing is lost";
  EXPECT_FALSE(stands("directive_unsigned"));
}

}  // namespace
}  // namespace lictor::control
