// Who is meant by contacts, and by credentials once they were taken.
#include "tests/unit/dataplane/session/sip/call_desk_fixture.h"

namespace lictor::sip {
namespace {

constexpr uint8_t kPhone = 1;      // 203.0.113.1
constexpr uint8_t kRegistrar = 9;  // 203.0.113.9

class CallNamesTest : public CallDeskTest {
 protected:
  CallNamesTest() { make(false); }

  void make(bool keeps_all) {
    plan_.sets[0].servers = {*IpPrefix::parse("203.0.113.9")};
    plan_.keeps_all = keeps_all;
    desk_ = *CallDesk::make(plan_, office_);
  }
  void watch_as(uint32_t slot, IdentityKind kind, const std::string& value) {
    WatchedTask task{.slot = TaskSlot{slot}, .start = {1}, .stop = {INT64_MAX}};
    task.identities.push_back({kind, value});
    office_.tasks[TaskSlot{slot}] = std::move(task);
    changed({}, {TaskSlot{slot}});
  }
  static std::string with(std::string text, const std::string& fields) {
    return text.replace(text.find("CSeq"), 0, fields.empty() ? "" : fields + "\r\n");
  }
  static std::string to_contact(std::string text, const std::string& uri) {
    for (size_t at; (at = text.find("sip:b@example.org")) != std::string::npos;) text.replace(at, 17, uri);
    return text;
  }
  void register_b(const std::string& contacts, const std::string& more = "", int64_t second = 1,
                  uint8_t node = kRegistrar) {
    see(with(answer(200, "REGISTER", {.call = "r", .to = "5"}), contacts + more), second, node);
  }
  void register_x(const std::string& contacts) {
    see(to_x(with(answer(200, "REGISTER", {.call = "s", .to = "5"}), contacts)), 1, kRegistrar);
  }
  // Whom nobody asks for by name; the contact alone says who it is.
  void call(const std::string& contact, const std::string& name = "c9", int64_t second = 2) {
    see(to_contact(request("INVITE", {.call = name, .from = name}, 40'000), contact), second);
  }

  // Whom it goes to is no target; its nonce is that of credentials().
  void challenge(const std::string& value = "WWW-Authenticate: Digest realm=\"example.org\", nonce=\"x\"",
                 uint8_t node = kRegistrar, int status = 401, int64_t second = 1) {
    see(to_x(with(answer(status, "REGISTER", {.call = "q", .to = "5"}), value)), second, node);
  }

  static constexpr const char* kContact = "sip:77@192.0.2.44:5071;transport=udp";
  const std::string contact_ = std::string("Contact: <") + kContact + ">;expires=600";
};

TEST_F(CallNamesTest, WhoIsCalledByItsContactIsTheOneThatRegistered) {
  watch(1, {"b@example.org"});
  call(kContact, "before");
  register_b(contact_);
  call(kContact);
  EXPECT_EQ(office_.said, (Lines{"1#1 report", "1#2 begin to :40000"}));
  call("sip:77@192.0.2.44:5072", "other");  // another phone
  call("sip:78@192.0.2.44:5071", "another");
  EXPECT_EQ(office_.said.size(), 2U);
}

TEST_F(CallNamesTest, AContactEndsWithItsTime) {
  watch(1, {"b@example.org"});
  register_b(contact_);
  call(kContact, "late", 700);
  EXPECT_EQ(office_.said, Lines{"1#1 report"});
}

TEST_F(CallNamesTest, AContactThatIsNotListedAnyMoreIsGone) {
  watch(1, {"b@example.org"});
  register_b(contact_);
  register_b("Contact: <sip:80@192.0.2.44>;expires=600");
  call(kContact, "gone");
  EXPECT_EQ(office_.said.size(), 2U);
  call("sip:80@192.0.2.44:5060", "new");
  EXPECT_EQ(office_.said.back(), "1#2 begin to :40000");
  register_b("Expires: 0");
  call("sip:80@192.0.2.44", "none");
  EXPECT_EQ(office_.said.size(), 4U);
}

// Two of one telephone system, say: a call to what they share is the other one's as well.
TEST_F(CallNamesTest, AContactOfTwoIsNobodys) {
  for (const bool keeps_all : {false, true}) {
    for (const bool is_target_first : {false, true}) {
      office_.said.clear();
      make(keeps_all);
      watch(1, {"b@example.org"});
      if (is_target_first) register_b(contact_);
      register_x(contact_);
      register_b(contact_);
      call(kContact, "both");
      EXPECT_EQ(desk_->counters().contacts_shared.get(), 1U);
      register_x("Expires: 0");
      EXPECT_TRUE(std::ranges::all_of(office_.said, [](const std::string& one) { return one.ends_with(" report"); }));
      call(kContact, "own");
      EXPECT_TRUE(office_.said.back().ends_with("begin to :40000")) << office_.said.back();
    }
  }
}

TEST_F(CallNamesTest, AContactIsOfWhoHasItLongest) {
  watch(1, {"b@example.org"});
  register_x(with_name(contact_, "600", "60"));
  register_b(contact_);
  call(kContact, "both", 59);
  EXPECT_EQ(office_.said.size(), 1U);
  call(kContact, "own", 62);
  EXPECT_EQ(office_.said.back(), "1#2 begin to :40000");
  EXPECT_EQ(desk_->counters().contacts_shared.get(), 1U);
}

// A registrar says which addresses of record are one subscriber's.
TEST_F(CallNamesTest, AContactOfOneSubscribersAddressesIsHis) {
  const std::string set = "\r\nP-Associated-URI: <sip:b@example.org>, <sip:x@example.org>";
  make(true);
  watch(1, {"b@example.org"});
  register_b(contact_, set);
  see(with(with_name(answer(200, "REGISTER", {.call = "s", .to = "5"}), "b@example", "x@example"), contact_ + set), 1,
      kRegistrar);
  register_b(contact_, set);
  call(kContact);
  EXPECT_EQ(office_.said.back(), "1#2 begin to :40000");
  EXPECT_EQ(desk_->counters().contacts_shared.get(), 0U);
}

TEST_F(CallNamesTest, WhoIsCalledByATemporaryNameIsTheOneThatWasGivenIt) {
  watch(1, {"b@example.org"});
  register_b(contact_ + ";temp-gruu=\"sip:tgruu.7hs@example.org;gr\"");
  call("sip:tgruu.7hs@example.org;gr");
  EXPECT_EQ(office_.said, (Lines{"1#1 report", "1#2 begin to :40000"}));
  call("sip:tgruu.8hs@example.org;gr", "other");
  EXPECT_EQ(office_.said.size(), 2U);
}

// Named by their parts: they are nobody's documentation.
std::string ipv4(const std::string& two, int third, int fourth) {
  return two + "." + std::to_string(third) + "." + std::to_string(fourth);
}

TEST_F(CallNamesTest, AContactAtAnAddressOfManyIsNobodys) {
  watch(1, {"b@example.org"});
  for (const std::string& host :
       {ipv4("192.168", 1, 2), ipv4("10.1", 2, 3), "[fd" + std::string("00::1]"), ipv4("100.64", 0, 1)}) {
    office_.said.clear();
    register_b("Contact: <sip:77@" + host + ">;expires=600");
    call("sip:77@" + host, host);
    EXPECT_EQ(office_.said, Lines{"1#1 report"}) << host;
  }
  EXPECT_EQ(desk_->counters().contacts_of_many.get(), 4U);
}

TEST_F(CallNamesTest, AContactAtAPrivateAddressIsItsPhonesWhereTheSetSaysThatNoneIsThereTwice) {
  plan_.sets[0].private_contacts = true;
  make(false);
  watch(1, {"b@example.org"});
  for (const std::string& host : {ipv4("10.1", 2, 3), "[fd" + std::string("00::1]")}) {
    register_b("Contact: <sip:77@" + host + ">;expires=600");
    call("sip:77@" + host, host);
    EXPECT_TRUE(office_.said.back().ends_with("begin to :40000")) << host;
  }
  register_b("Contact: <sip:77@" + ipv4("169.254", 0, 1) + ">;expires=600");
  EXPECT_EQ(desk_->counters().contacts_of_many.get(), 1U);
}

TEST_F(CallNamesTest, ARegistrationForLongerThanIsCountedIsForSoLong) {
  watch(1, {"b@example.org"});
  register_b(std::string("Contact: <") + kContact + ">;expires=31536000");
  call(kContact, "later", 2 * 86'400);
  EXPECT_EQ(office_.said.back(), "1#2 begin to :40000");
}

TEST_F(CallNamesTest, OnlyAServersAnswerBinds) {
  watch(1, {"b@example.org"});
  register_b(contact_, "", 1, kPhone);
  call(kContact);
  EXPECT_EQ(office_.said, Lines{"1#1 report"});
}

TEST_F(CallNamesTest, ContactsOfEverybodyAreThereForATaskThatComesLater) {
  make(true);
  register_b(contact_);
  watch(1, {"b@example.org"});
  call(kContact);
  EXPECT_EQ(office_.said, Lines{"1#1 begin to :40000"});
}

TEST_F(CallNamesTest, WhoIsInACallByItsContactIsFoundByALaterTask) {
  make(true);
  register_b(contact_);
  call(kContact);
  watch(1, {"b@example.org"});
  for (int round = 0; round < 100; ++round) tick(3);
  EXPECT_EQ(office_.said, Lines{"1#1 active begin :40000"});
}

std::string credentials(const std::string& user) {
  return "Authorization: Digest username=\"" + user + "\", realm=\"example.org\", nonce=\"x\", response=\"y\"";
}

TEST_F(CallNamesTest, CredentialsCountOnceTheyWereTaken) {
  challenge();
  watch_as(1, IdentityKind::kImpi, "b.private@example.org");
  const Leg leg{.call = "r", .number = 2};
  see(with(request("REGISTER", leg), credentials("b.private@example.org")));
  EXPECT_EQ(office_.said, Lines{});
  see(answer(200, "REGISTER", {.call = "r", .to = "5", .number = 2}), 1, kRegistrar);
  EXPECT_EQ(office_.said, (Lines{"1#1 report from", "1#1 report"}));
  EXPECT_NE(office_.messages[0].find("b.private"), std::string::npos);
}

TEST_F(CallNamesTest, CredentialsThatWereRefusedAreNobodys) {
  challenge();
  watch_as(1, IdentityKind::kImpi, "b.private@example.org");
  see(with(request("REGISTER", {.call = "r", .number = 2}), credentials("b.private@example.org")));
  see(answer(403, "REGISTER", {.call = "r", .to = "5", .number = 2}), 1, kRegistrar);
  see(answer(200, "REGISTER", {.call = "r", .to = "5", .number = 2}), 1, kRegistrar);
  see(with(request("REGISTER", {.call = "s", .number = 2}), credentials("b.private@example.org")));
  see(answer(200, "REGISTER", {.call = "s", .to = "5", .number = 2}), 1, kPhone);  // it is no server
  EXPECT_EQ(office_.said, Lines{});
}

TEST_F(CallNamesTest, ACallWithCredentialsIsToldFromItsInvite) {
  challenge();
  watch_as(1, IdentityKind::kImpi, "a.private@example.org");
  see(with(request("INVITE", {.call = "c"}, 40'000), "Proxy-" + credentials("a.private@example.org")));
  see(answer(100, "INVITE", {.call = "c"}), 1, kRegistrar);
  EXPECT_EQ(office_.said, Lines{});
  see(answer(180, "INVITE", {.call = "c", .to = "2"}), 1, kRegistrar);
  EXPECT_EQ(office_.said, (Lines{"1#1 begin from :40000", "1#1 continue to :40000"}));
  EXPECT_EQ(office_.rules(), Lines{"1#1 :40000"});
}

// Who was not asked for credentials does not look at them, and takes the call.
TEST_F(CallNamesTest, CredentialsThatNobodyAskedForMakeACallNobodys) {
  watch_as(1, IdentityKind::kImpi, "a.private@example.org");
  const auto call_with = [this](const std::string& name, const std::string& fields) {
    see(with(request("INVITE", {.call = name, .from = name}, 40'000), fields));
    see(answer(180, "INVITE", {.call = name, .from = name, .to = "2"}), 1, kRegistrar);
    return office_.said.size();
  };
  const std::string own = credentials("a.private@example.org");
  const std::string empty = with_name(own, "nonce=\"x\", ", "");
  EXPECT_EQ(call_with("c1", own), 0U);
  challenge("WWW-Authenticate: Digest realm=\"example.org\", nonce=\"x\"", kPhone);  // it is no server
  EXPECT_EQ(call_with("c2", "Proxy-" + own), 0U);
  challenge("WWW-Authenticate: Digest realm=\"example.org\", nonce=\"x\"", kRegistrar, 403);
  challenge("WWW-Authenticate: Digest realm=\"nonce=x\", nonce=\"X\"");
  EXPECT_EQ(call_with("c3", own), 0U);
  EXPECT_EQ(desk_->counters().credentials_unasked.get(), 3U);
  challenge();
  EXPECT_EQ(call_with("c4", empty), 0U);
  // His own answer somebody's challenge; the target's, beside them, nobody's.
  EXPECT_EQ(call_with("c5", credentials("x") + "\r\nProxy-" + with_name(own, "\"x\"", "\"y\"")), 0U);
  EXPECT_EQ(call_with("c6", own), 2U);
}

TEST_F(CallNamesTest, TheNextNonceIsIssuedAsWell) {
  watch_as(1, IdentityKind::kImpi, "a.private@example.org");
  challenge("Authentication-Info: nextnonce=\"x\", qop=auth", kRegistrar, 200);
  see(with(request("INVITE", {.call = "c"}, 40'000), credentials("a.private@example.org")));
  see(answer(180, "INVITE", {.call = "c", .to = "2"}), 1, kRegistrar);
  EXPECT_EQ(office_.said.size(), 2U);
}

// A registration uses one for hours, in which others are challenged.
TEST_F(CallNamesTest, OthersChallengesMakeNoNonceOfATargetUnknown) {
  challenge();
  watch_as(1, IdentityKind::kImpi, "a.private@example.org");
  see(with(request("REGISTER", {.call = "r"}), credentials("a.private@example.org")));
  int64_t second = 1;
  for (size_t nonce = 0; nonce < 4 * NonceMemory::kIssuedMax;) {
    std::string value = "WWW-Authenticate: Digest realm=x";
    for (size_t i = 0; i < NonceMemory::kOfMessageMax; ++i) value += ", nonce=other" + std::to_string(nonce++);
    challenge(value, kRegistrar, 401, ++second);
  }
  see(with(request("INVITE", {.call = "c"}, 40'000), credentials("a.private@example.org")), second);
  see(answer(180, "INVITE", {.call = "c", .to = "2"}), second, kRegistrar);
  EXPECT_EQ(office_.said.size(), 2U);
}

TEST_F(CallNamesTest, CredentialsAreTakenByTheAnswerOfTheirTransaction) {
  challenge();
  watch_as(1, IdentityKind::kImpi, "a.private@example.org");
  const Leg leg{.branch = "own", .call = "c"};
  see(with(request("INVITE", leg, 40'000), credentials("a.private@example.org")));
  see(answer(200, "OPTIONS", {.branch = "own", .call = "c", .to = "2"}), 1, kRegistrar);
  see(answer(180, "INVITE", {.branch = "other", .call = "c", .to = "2"}), 1, kRegistrar);
  see(answer(180, "INVITE", {.branch = "own", .call = "d", .to = "2"}), 1, kRegistrar);
  EXPECT_EQ(office_.said, Lines{});
  see(answer(180, "INVITE", {.branch = "own", .call = "c", .to = "2"}), 1, kRegistrar);
  EXPECT_EQ(office_.said.front(), "1#1 begin from :40000");
}

TEST_F(CallNamesTest, WhatCannotBeAskedForCredentialsHasNone) {
  challenge();
  watch_as(1, IdentityKind::kImpi, "a.private@example.org");
  see(request("INVITE", {.call = "c"}, 40'000));
  see(with(request("CANCEL", {.call = "c"}), credentials("a.private@example.org")));
  see(answer(200, "CANCEL", {.call = "c", .to = "2"}), 1, kRegistrar);
  see(with(request("ACK", {.call = "d"}), credentials("a.private@example.org")));
  see(answer(200, "ACK", {.call = "d", .to = "2"}), 1, kRegistrar);
  EXPECT_EQ(office_.said, Lines{});
}

// Of whom a private identity is asked for, public ones are known from its registration.
TEST_F(CallNamesTest, APrivateIdentityHasTheCallsOfItsPublicOnes) {
  challenge();
  watch_as(1, IdentityKind::kImpi, "b.private@example.org");
  see(with(request("REGISTER", {.call = "r", .number = 2}), credentials("b.private@example.org")));
  see(with(answer(200, "REGISTER", {.call = "r", .to = "5", .number = 2}),
           contact_ + "\r\nP-Associated-URI: <sip:b@example.org>, <tel:+49301234567>"),
      1, kRegistrar);
  office_.said.clear();
  see(request("INVITE", {.call = "c1"}, 40'000));
  call("tel:+49301234567", "c2");
  call(kContact, "c3");
  EXPECT_EQ(office_.said, (Lines{"1#2 begin to :40000", "1#3 begin to :40000", "1#4 begin to :40000"}));
  call("tel:+49301234568", "c4");
  EXPECT_EQ(office_.said.size(), 3U);
}

TEST_F(CallNamesTest, ARequestOutlivesNeitherItsTransactionNorItsWarrant) {
  const auto ask = [this](int number, int64_t second) {
    see(with(request("REGISTER", {.call = "r", .number = number}), credentials("b.private@example.org")), second);
  };
  const auto take = [this](int number, int64_t second) {
    see(answer(200, "REGISTER", {.call = "r", .to = "5", .number = number}), second, kRegistrar);
  };
  challenge();
  watch_as(1, IdentityKind::kImpi, "b.private@example.org");
  ask(1, 1);
  tick(40);
  take(1, 40);
  ask(2, 41);
  unwatch(1);
  watch_as(1, IdentityKind::kImpi, "b.private@example.org");
  take(2, 42);
  EXPECT_EQ(office_.said, Lines{});
}

TEST_F(CallNamesTest, RequestsThatNobodyAnswersMakeRoom) {
  challenge();
  watch_as(1, IdentityKind::kImpi, "b.private@example.org");
  for (int number = 1; number <= 1500; ++number)
    see(with(request("REGISTER", {.call = "r", .number = number}), credentials("b.private@example.org")), number);
  EXPECT_EQ(desk_->counters().held_over.get(), 1500U - 1024U);
  see(answer(200, "REGISTER", {.call = "r", .to = "5", .number = 1500}), 1500, kRegistrar);
  EXPECT_EQ(office_.said.size(), 2U);
}

}  // namespace
}  // namespace lictor::sip
