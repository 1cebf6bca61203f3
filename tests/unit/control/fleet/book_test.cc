// What the book sends for a task that goes and begins again, whoever names it.
#include "control/fleet/book.h"

#include "control/registry/warrant_rules.h"
#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

v1::Warrant active_warrant() {
  v1::Warrant warrant = make_warrant("0x4c31");
  warrant.set_id("11234567-89ab-4def-8123-456789abcdef");
  warrant.set_state(v1::WARRANT_STATE_ACTIVE);
  warrant.add_deliveries()->set_hi2_destination_id("hi2");
  warrant.mutable_deliveries(0)->set_hi3_destination_id("hi3");
  warrant.add_xids("01234567-89ab-4def-8123-456789abcdef");
  *warrant.mutable_window() = window_of(warrant);
  return warrant;
}

TEST(Book, AHoldThatBeginsAgainUnderItsXidIsStillWithdrawn) {
  const TempDir directory;
  const auto store = open_store(directory.file("store.db"));
  const auto registry = *Registry::load(*store);
  const auto book = *FleetBook::load(*store);
  const auto apply = [&](const FleetPlan& plan) { book->apply(plan, *store->commit(book->writes_of(plan))); };
  v1::Hello hello;
  hello.set_network_element_id("NE-1");
  hello.set_incarnation(std::string(16, 'a'));
  FleetPlan attach = book->begin();
  ASSERT_TRUE(book->plan_attach(attach, hello, *registry, kNow).ok());
  apply(attach);
  NetworkElement& element = *book->element("NE-1");
  element.attached = true;
  v1::Warrant warrant = active_warrant();
  const v1::Agency agency = make_agency();
  const auto follow = [&] {
    FleetPlan plan = book->begin();
    ASSERT_TRUE(book->plan_warrant(plan, warrant, &agency, {}, kNow).ok());
    apply(plan);
  };
  const auto scope_to = [&](const char* id) {
    warrant.mutable_targets(0)->mutable_scope()->set_network_element_id(id);
    follow();
  };
  scope_to("NE-1");
  while (book->next_directive(element)) continue;
  scope_to("NE-2");
  scope_to("NE-1");  // before the withdrawal was fetched: the dataplane still holds the task
  scope_to("NE-2");
  const std::optional<v1::SignedDirective> sent = book->next_directive(element);
  ASSERT_TRUE(sent.has_value());
  v1::Directive directive;
  ASSERT_TRUE(directive.ParseFromString(sent->directive()));
  EXPECT_TRUE(directive.has_withdrawal());
}

TEST(Book, WhatTheApproverSignedGoesWithTapAndMediation) {
  const TempDir directory;
  const auto store = open_store(directory.file("store.db"));
  const auto registry = *Registry::load(*store);
  const auto book = *FleetBook::load(*store);
  v1::Hello hello;
  hello.set_network_element_id("NE-1");
  hello.set_incarnation(std::string(16, 'a'));
  FleetPlan attach = book->begin();
  ASSERT_TRUE(book->plan_attach(attach, hello, *registry, kNow).ok());
  book->apply(attach, *store->commit(book->writes_of(attach)));
  NetworkElement& element = *book->element("NE-1");
  element.attached = true;
  v1::SignedOrder order;
  order.set_order("what was signed");
  const v1::Warrant warrant = active_warrant();
  const v1::Agency agency = make_agency();
  FleetPlan plan = book->begin();
  ASSERT_TRUE(book->plan_warrant(plan, warrant, &agency, {}, kNow, &order).ok());
  book->apply(plan, *store->commit(book->writes_of(plan)));
  v1::Directive tap;
  v1::Directive mediation;
  ASSERT_TRUE(tap.ParseFromString(book->next_directive(element)->directive()));
  ASSERT_TRUE(mediation.ParseFromString(book->next_directive(element)->directive()));
  EXPECT_EQ(tap.tap().order().order(), "what was signed");
  EXPECT_EQ(mediation.mediation().order().order(), "what was signed");
}

}  // namespace
}  // namespace lictor::control
