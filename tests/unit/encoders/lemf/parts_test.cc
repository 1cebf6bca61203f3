// The receiver's parts one by one: pace, answers to keep-alives, files, judging.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "encoders/der/der_walker.h"
#include "encoders/lemf/answer.h"
#include "encoders/lemf/delay_histogram.h"
#include "encoders/lemf/interface_account.h"
#include "encoders/lemf/listener.h"
#include "encoders/lemf/output_file.h"
#include "encoders/lemf/pacer.h"
#include "encoders/lemf/summary.h"
#include "tests/unit/encoders/der/record_octets.h"
#include "tests/unit/encoders/lemf/folder.h"

namespace lictor::lemf {
namespace {

constexpr int64_t kMillisecond = 1'000'000;

SocketTime at_ms(int64_t milliseconds) { return {1'000'000'000 + milliseconds * kMillisecond}; }

// --- pace ---

TEST(Pacer, WithoutAPaceNothingIsThrottled) { EXPECT_FALSE(Pacer(Pace{}).throttling()); }

TEST(Pacer, AllowsSoManyBitsASecond) {
  Pacer pacer({.bits_per_second = 80'000});
  EXPECT_EQ(pacer.allowance(at_ms(0)), 0U);
  size_t read = 0;
  for (int64_t now = 10; now <= 10'000; now += 10) {
    const size_t allowed = pacer.allowance(at_ms(now));
    pacer.took(allowed);
    read += allowed;
  }
  EXPECT_EQ(read, 100'000U);
}

TEST(Pacer, WaitsTooShortForAnOctetAddUp) {
  Pacer pacer({.bits_per_second = 8'000});  // an octet a millisecond
  size_t read = 0;
  for (int64_t tenth = 0; tenth <= 1'000; ++tenth) {
    const size_t allowed = pacer.allowance({1'000'000'000 + tenth * kMillisecond / 10});
    pacer.took(allowed);
    read += allowed;
  }
  EXPECT_EQ(read, 100U);
}

TEST(Pacer, APauseGathersATenthOfASecondAtMost) {
  Pacer pacer({.bits_per_second = 80'000});
  pacer.allowance(at_ms(0));
  EXPECT_EQ(pacer.allowance(at_ms(1'000'000)), 1'000U);
}

TEST(Pacer, ReadsFreelyAfterSoManyOctets) {
  Pacer pacer({.bits_per_second = 80'000, .octets = 1'500});
  pacer.allowance(at_ms(0));
  pacer.took(pacer.allowance(at_ms(100)));
  EXPECT_TRUE(pacer.throttling());
  EXPECT_EQ(pacer.allowance(at_ms(200)), 500U) << "not beyond the bound";
  pacer.took(500);
  EXPECT_FALSE(pacer.throttling());
}

// --- answers ---

constexpr der::Kind kKeepAlive = der::Kind::kKeepAlive;
constexpr OptionManners kAccept = OptionManners::kAccept;

TEST(Answer, IsTheQuestionsHeaderWithTheResponse) {
  der::HeaderParts parts = der::numbered(77);
  std::string answer = "before";
  ASSERT_TRUE(append_answer(as_bytes(der::tri(parts, 3)), kKeepAlive, kAccept, answer));
  EXPECT_EQ(answer, "before" + der::tri(parts, 4));
}

TEST(Answer, IsStrictAlsoWhereTheRequestIsNot) {
  std::string request = der::tri(der::numbered(77), 3);
  request.insert(1, der::octets({0x82, 0}));
  std::string answer;
  ASSERT_TRUE(append_answer(as_bytes(request), kKeepAlive, kAccept, answer));
  EXPECT_EQ(answer, der::tri(der::numbered(77), 4));
}

TEST(Answer, ALongHeaderGetsALongLength) {
  der::HeaderParts parts;
  parts.qualifier += der::tlv(0x89, std::string(300, 'x'));
  std::string answer;
  ASSERT_TRUE(append_answer(as_bytes(der::tri(parts, 3)), kKeepAlive, kAccept, answer));
  EXPECT_EQ(answer, der::tri(parts, 4));
}

TEST(Answer, WithoutAHeaderThereIsNone) {
  std::string answer;
  const std::string request = der::tri({}, 3);
  for (size_t length = 0; length < der::header().size(); ++length)
    EXPECT_FALSE(append_answer(as_bytes(request).first(length), kKeepAlive, kAccept, answer)) << length;
  EXPECT_FALSE(append_answer(as_bytes(der::tlv(0x30, der::tlv(0xa2, "x"))), kKeepAlive, kAccept, answer));
  EXPECT_EQ(answer, "");
}

TEST(Answer, AnAcknowledgementIsGivenToWhoeverAsks) {
  std::string answer;
  ASSERT_TRUE(is_question(der::Kind::kAcknowledgementRequest));
  ASSERT_TRUE(append_answer(as_bytes(der::tri(der::numbered(77), 12)), der::Kind::kAcknowledgementRequest,
                            OptionManners::kDecline, answer));
  EXPECT_EQ(answer, der::tri(der::numbered(77), 13));
}

// A request for the options that `options` are.
std::string option_request(const std::string& options) {
  return der::pdu(der::numbered(3), der::tlv(0xa2, der::tlv(0xa9, der::tlv(0xa0, options))));
}

std::string option_response(const std::string& accepted, const std::string& declined) {
  return der::pdu(der::numbered(3),
                  der::tlv(0xa2, der::tlv(0xaa, der::tlv(0xa0, accepted) + der::tlv(0xa1, declined))));
}

std::string answer_to_options(const std::string& options, OptionManners manners) {
  std::string answer;
  append_answer(as_bytes(option_request(options)), der::Kind::kOptionRequest, manners, answer);
  return answer;
}

TEST(Answer, OptionsAreAcceptedOrDeclinedOneByOne) {
  const std::string acknowledgement = der::tlv(0x80, "");
  const std::string foreign = der::tlv(0x81, "");
  EXPECT_EQ(answer_to_options(acknowledgement, kAccept), option_response(acknowledgement, ""));
  EXPECT_EQ(answer_to_options(acknowledgement, OptionManners::kDecline), option_response("", acknowledgement));
  EXPECT_EQ(answer_to_options(foreign + acknowledgement, kAccept), option_response(acknowledgement, foreign));
  EXPECT_EQ(answer_to_options(acknowledgement, OptionManners::kSilent), "");
}

TEST(Answer, ARequestForOptionsThatNamesNoneGetsNone) {
  EXPECT_EQ(answer_to_options("", kAccept), "");
  const std::string request = option_request(der::tlv(0x80, ""));
  std::string answer;
  for (size_t length = 0; length < request.size(); ++length)
    EXPECT_FALSE(append_answer(as_bytes(request).first(length), der::Kind::kOptionRequest, kAccept, answer)) << length;
  EXPECT_FALSE(append_answer(as_bytes(der::tri({}, 9)), der::Kind::kOptionRequest, kAccept, answer));
  EXPECT_EQ(answer, "");
}

// --- files ---

TEST(OutputFile, WhatIsAppendedIsThereAfterFlush) {
  const Folder folder;
  Result<OutputFile> file = OutputFile::open(folder / "f", OpenMode::kTruncate);
  ASSERT_TRUE(file.ok());
  const std::string large(OutputFile::kBufferBytes, 'x');
  file->append(as_bytes("a"));
  file->append(as_bytes(large));
  file->append(as_bytes("b"));
  EXPECT_EQ(read_file(folder / "f"), "a" + large) << "a full buffer is written by itself";
  file->flush();
  EXPECT_EQ(read_file(folder / "f"), "a" + large + "b");
  EXPECT_TRUE(file->status().ok());
}

TEST(OutputFile, AppendingGoesOnWhereAFileEnds) {
  const Folder folder;
  write_file(folder / "f", "old ");
  Result<OutputFile> file = OutputFile::open(folder / "f", OpenMode::kAppend);
  ASSERT_TRUE(file.ok());
  file->append(as_bytes("new"));
  file->flush();
  EXPECT_EQ(read_file(folder / "f"), "old new");
}

TEST(OutputFile, AFullDiskIsReported) {
  Result<OutputFile> file = OutputFile::open("/dev/full", OpenMode::kAppend);
  ASSERT_TRUE(file.ok());
  file->append(as_bytes("x"));
  file->flush();
  EXPECT_NE(std::string(file->status().message()).find("/dev/full"), std::string::npos);
}

TEST(OutputFile, AFolderThatIsNotThereIsReported) {
  EXPECT_FALSE(OutputFile::open("/nonexistent/f", OpenMode::kTruncate).ok());
  EXPECT_FALSE(write_atomically("/nonexistent/f", "x").ok());
}

// --- judging ---

class Account {
 public:
  explicit Account(Expectation expectation) : account(der::Interface::kHi3, expectation) {}

  Judgement take(const std::string& record) {
    der::RecordView view;
    der::walk_record(as_bytes(record), view);
    return account.take(view);
  }

  InterfaceAccount account;
};

std::string tolerable() {
  std::string record = der::cc();
  return record.insert(1, der::octets({0x82, 0}));
}

TEST(InterfaceAccount, StrictReadingCallsEveryDeviationAnError) {
  Account account({});
  EXPECT_TRUE(account.take(tolerable()).error);
  EXPECT_EQ(account.account.counts().errors, 1U);
  EXPECT_EQ(account.account.counts().by_deviation[0], 1U);
}

TEST(InterfaceAccount, LenientReadingToleratesWhatCanBeRead) {
  Account account({.strictness = Strictness::kLenient});
  EXPECT_FALSE(account.take(tolerable()).error);
  EXPECT_EQ(account.account.counts().tolerated, 1U);
  EXPECT_TRUE(account.take(der::tlv(0x30, "")).error);
  EXPECT_EQ(account.account.counts().errors, 1U);
}

TEST(InterfaceAccount, WhereBerIsAgreedLongLengthsAreNoErrorAndAllElseIs) {
  Account account({.encoding = Encoding::kBer});
  EXPECT_FALSE(account.take(tolerable()).error);
  EXPECT_FALSE(account.take(der::cc(der::numbered(1))).error);
  der::HeaderParts foreign = der::numbered(2);
  foreign.domain = der::tlv(0x80, "\x04");
  EXPECT_TRUE(account.take(der::cc(foreign)).error);
  EXPECT_EQ(account.account.counts().by_deviation[0], 1U);
  EXPECT_EQ(account.account.counts().tolerated, 0U);
}

TEST(InterfaceAccount, RepeatsAreCountedAsRepeatsOnly) {
  Account account({});
  account.take(der::cc());
  const Judgement again = account.take(der::cc());
  EXPECT_FALSE(again.fresh());
  EXPECT_FALSE(again.error);
  EXPECT_EQ(account.account.counts().records, 2U);
  EXPECT_EQ(account.account.counts().cc, 1U);
}

TEST(InterfaceAccount, ANumberGivenTwiceIsAnErrorAndItsContentIsKept) {
  Account account({});
  account.take(der::cc());
  const Judgement other =
      account.take(der::pdu(der::numbered(0), der::tlv(0xa1, der::cc_payload(der::tlv(0x80, "other")))));
  EXPECT_TRUE(other.fresh());
  EXPECT_TRUE(other.error);
}

TEST(Summary, IsJsonWithCountsAndSeries) {
  Account hi3({});
  for (const uint32_t number : {0U, 1U, 4U, 4U}) hi3.take(der::cc(der::numbered(number)));
  hi3.take(der::tri({}, 3));
  const Account hi2({});
  const nlohmann::json summary = nlohmann::json::parse(summary_json(hi2.account, hi3.account));
  EXPECT_EQ(summary["hi2"]["records"], 0);
  const nlohmann::json& counts = summary["hi3"];
  EXPECT_EQ(counts["records"], 5);
  EXPECT_EQ(counts["cc"], 3);
  EXPECT_EQ(counts["keepalives"], 1);
  EXPECT_EQ(counts["gaps"], 1);
  EXPECT_EQ(counts["missing"], 2);
  EXPECT_EQ(counts["repeats"], 1);
  EXPECT_EQ(counts["errors"], 0);
  EXPECT_EQ(summary["series"],
            nlohmann::json::parse(R"([{"liid":"LIID-1","operator":"OP1","ne":"NE-1","cin":7,"kind":"cc",
    "first":0,"last":4,"count":3,"missing":2,"repeats":1,"resets":0}])"));
}

// --- delays ---

TEST(DelayHistogram, QuantilesAreRightToAThirtySecond) {
  DelayHistogram delays;
  for (int64_t us = 1; us <= 100'000; ++us) delays.add(us);
  EXPECT_EQ(delays.total(), 100'000U);
  EXPECT_EQ(delays.max_us(), 100'000U);
  for (const auto& [permille, exact] : {std::pair{500U, 50'000U}, {990U, 99'000U}, {1U, 100U}}) {
    EXPECT_GE(delays.quantile_us(permille), exact);
    EXPECT_LE(delays.quantile_us(permille), exact + exact / 32 + 1);
  }
  EXPECT_EQ(delays.quantile_us(1000), 100'000U);
}

TEST(DelayHistogram, TakesAnything) {
  DelayHistogram delays;
  EXPECT_EQ(delays.quantile_us(500), 0U);
  for (const int64_t us : {int64_t{-5}, INT64_MIN, int64_t{0}, INT64_MAX}) delays.add(us);
  EXPECT_EQ(delays.quantile_us(750), 0U);
  EXPECT_EQ(delays.quantile_us(1000), static_cast<uint64_t>(INT64_MAX));
}

// --- sockets ---

TEST(Listener, RefusesWhatIsNoEndpoint) {
  for (const char* endpoint : {"", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:99999999", "[2001:db8::1:5"})
    EXPECT_FALSE(listen_at(endpoint, 0).ok()) << endpoint;
}

TEST(Listener, BindsAnyPortAndSaysWhich) {
  const Result<Listener> first = listen_at("127.0.0.1:0", 0);
  ASSERT_TRUE(first.ok());
  EXPECT_NE(first->port, 0);
  EXPECT_FALSE(listen_at("127.0.0.1:" + std::to_string(first->port), 0).ok()) << "it is taken";
}

}  // namespace
}  // namespace lictor::lemf
