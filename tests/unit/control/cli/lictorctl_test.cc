// The client as a process, against a server on a real socket: exit status, output, and what it leaves to be seen.
#include <sys/wait.h>

#include <array>
#include <cstdio>

#include "control/rpc/server.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

struct Outcome {
  int code = -1;
  std::string text;  // of both outputs
};

class LictorctlTest : public ControlTest {
 protected:
  LictorctlTest() {
    Result<std::unique_ptr<RpcServer>> server = RpcServer::start(*administration_, {.socket = socket_});
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  ~LictorctlTest() override { server_.reset(); }

  Outcome run(const std::string& arguments) {
    const std::string line = "LICTOR_SERVER='unix:" + socket_ + "' '" LICTORCTL "' " + arguments + " 2>&1";
    FILE* output = ::popen(line.c_str(), "r");
    Outcome outcome;
    std::array<char, 4096> buffer{};
    while (const size_t length = std::fread(buffer.data(), 1, buffer.size(), output))
      outcome.text.append(buffer.data(), length);
    outcome.code = WEXITSTATUS(::pclose(output));
    return outcome;
  }

  Outcome create_agency() {
    return run(
        "agency create --id police --name 'Police of Example' --country AT --hi2 192.0.2.1:7002 --hi3 192.0.2.1:7003");
  }
  Outcome create_warrant(const std::string& more = "--target ipv4:192.0.2.7") {
    return run(
        "warrant create --agency police --liid LIID-1 --reference '1 A 2/26' --authorised-by 'J. Doe' --country AT "
        "--operator OPER1 --user-label user --access-type xdsl --end 2026-11-22T08:00:00Z --content both " +
        more);
  }

  const std::string socket_ = directory_.file("a lictord.sock");
  std::unique_ptr<RpcServer> server_;
};

TEST_F(LictorctlTest, AFirstWarrantFromFilingToItsEnd) {
  ASSERT_EQ(create_agency().code, 0);
  const Outcome created = create_warrant();
  ASSERT_EQ(created.code, 0) << created.text;
  const std::string id = created.text.substr(0, created.text.find('\n'));
  EXPECT_EQ(id.size(), 36u) << created.text;
  EXPECT_EQ(run("warrant activate " + id).text,
            "lictorctl: warning: no dataplane that it concerns is attached: nothing is copied yet\n" + id +
                "  active  0 of 0 dataplanes acknowledged\n");
  EXPECT_NE(run("warrant list --state active").text.find(id), std::string::npos);
  EXPECT_EQ(run("warrant modify " + id + " --end 2026-11-23T08:00:00Z").code, 0);
  EXPECT_NE(run("--json warrant show " + id).text.find("\"end\": \"2026-11-23T08:00:00Z\""), std::string::npos);
  EXPECT_EQ(run("warrant end " + id).code, 0);
  EXPECT_EQ(run("warrant revoke " + id).code, 0);
  EXPECT_EQ(run("agency delete police").code, 0);
}

TEST_F(LictorctlTest, ARefusalExitsWithOneAndNamesTheField) {
  ASSERT_EQ(create_agency().code, 0);
  const Outcome refused = create_warrant("--target ipv4:10.0.0.1");
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.text.find("warrant.targets[0].selector: "), std::string::npos) << refused.text;
  const Outcome json = run("--json agency show nobody");
  EXPECT_EQ(json.code, 1);
  EXPECT_NE(json.text.find("NOT_FOUND"), std::string::npos);
  EXPECT_NE(create_agency().text.find("agency.id: is taken"), std::string::npos);
}

TEST_F(LictorctlTest, WrongUsageExitsWithTwoAndAnAbsentDaemonWithThree) {
  for (const char* arguments :
       {"", "frobnicate", "warrant", "warrant create --content video", "warrant show",
        "agency create --id a --name A --country AT --hi2 nonsense", "--server 192.0.2.1:1 tap list"})
    EXPECT_EQ(run(arguments).code, 2) << arguments;
  EXPECT_EQ(run("--server 'unix:" + directory_.file("nobody.sock") + "' tap list").code, 3);
  EXPECT_EQ(run("--help").code, 0);
}

TEST_F(LictorctlTest, AnUpdateChangesWhatIsGivenAndKeepsTheRest) {
  ASSERT_EQ(create_agency().code, 0);
  ASSERT_EQ(run("agency update --id police --lab --cin same --number-series liid --keepalive-idle 30").code, 0);
  const v1::Agency agency = *administration_->get_agency("police");
  EXPECT_EQ(agency.name(), "Police of Example");
  EXPECT_EQ(agency.destinations_size(), 2);
  EXPECT_TRUE(agency.destinations(0).lab() && agency.destinations(1).lab());
  EXPECT_EQ(agency.profile().cin_policy(), v1::CIN_POLICY_SAME_WITH_RESET);
  EXPECT_EQ(agency.profile().number_series(), v1::NUMBER_SERIES_LIID);
  EXPECT_EQ(agency.profile().keepalive_idle_s(), 30u);
}

TEST_F(LictorctlTest, AnUpdateLeavesSwitchesThatAreNotGiven) {
  ASSERT_EQ(create_agency().code, 0);
  const std::string switches =
      "--lab --tls-1-2 --keepalive-off --confirm written --hi1-target-information --integrity sha256 "
      "--integrity-from-1 --leave-out-comfort-noise --leave-out-telephone-events";
  ASSERT_EQ(run("agency update --id police " + switches).code, 0);
  const std::string before = run("--json agency show police").text;
  ASSERT_EQ(run("agency update --id police --name 'Police of Example'").code, 0);
  std::string after = run("--json agency show police").text;
  EXPECT_EQ(after.substr(0, after.find("\"revision\"")), before.substr(0, before.find("\"revision\"")));
  EXPECT_NE(after.find("\"lab\": true"), std::string::npos) << after;
  EXPECT_EQ(run("agency update --id police --no-lab --tls-1-3-only --keepalive-on").code, 0);
  after = run("--json agency show police").text;
  EXPECT_EQ(after.find("\"lab\": true"), std::string::npos) << after;
  EXPECT_NE(after.find("\"keepalive_off\": false"), std::string::npos) << after;
}

TEST_F(LictorctlTest, WhatIsLeftOutOfCallsIsSaidAndTakenBack) {
  ASSERT_EQ(create_agency().code, 0);
  EXPECT_FALSE(administration_->get_agency("police")->profile().leave_out_comfort_noise());
  ASSERT_EQ(run("agency update --id police --leave-out-comfort-noise --leave-out-telephone-events").code, 0);
  EXPECT_NE(run("--json agency show police").text.find("\"leave_out_comfort_noise\": true"), std::string::npos);
  ASSERT_EQ(run("agency update --id police --deliver-comfort-noise").code, 0);
  const v1::DeliveryProfile profile = administration_->get_agency("police")->profile();
  EXPECT_FALSE(profile.leave_out_comfort_noise());
  EXPECT_TRUE(profile.leave_out_telephone_events());
}

TEST_F(LictorctlTest, ALabMarkStaysWithItsEndpoints) {
  ASSERT_EQ(create_agency().code, 0);
  ASSERT_EQ(run("agency update --id police --lab --security plain-lab").code, 0);
  const Outcome same = run("agency update --id police --hi3 192.0.2.1:7003");
  EXPECT_EQ(same.code, 0) << same.text;
  EXPECT_TRUE(administration_->get_agency("police")->destinations(1).lab());
  // One that comes in addition is no laboratory's by itself.
  EXPECT_EQ(run("agency update --id police --hi3 192.0.2.1:7003 --hi3 192.0.2.8:7003").code, 1);
  ASSERT_EQ(run("agency update --id police --security tls --hi3 192.0.2.1:7003 --hi3 192.0.2.8:7003").code, 0);
  ASSERT_EQ(run("agency update --id police --hi3 192.0.2.8:7003 --hi3 192.0.2.1:7003").code, 0);
  const v1::Agency agency = *administration_->get_agency("police");
  ASSERT_EQ(agency.destinations_size(), 3);
  EXPECT_FALSE(agency.destinations(1).lab()) << "which has the name of one that was";
  EXPECT_TRUE(agency.destinations(2).lab());
}

TEST_F(LictorctlTest, WhatReplacesALaboratoryHasToBeSaidToBeOne) {
  ASSERT_EQ(create_agency().code, 0);
  ASSERT_EQ(run("agency update --id police --lab --security plain-lab").code, 0);
  for (const char* moved : {"--hi2 192.0.2.9:7002", "--hi3 192.0.2.9:7003", "--hi3 192.0.2.1:7003,192.0.2.9:7003"}) {
    const std::string arguments = std::string("agency update --id police ") + moved;
    const Outcome refused = run(arguments);
    EXPECT_EQ(refused.code, 2) << moved;
    EXPECT_NE(refused.text.find("--no-lab"), std::string::npos) << refused.text;
    EXPECT_EQ(run(arguments + " --no-lab").code, 1) << "no laboratory is delivered to in the clear";
  }
  EXPECT_EQ(run("agency update --id police --hi2 192.0.2.9:7002 --lab").code, 0);
  EXPECT_TRUE(administration_->get_agency("police")->destinations(1).lab());
  EXPECT_EQ(run("agency update --id police --hi2 192.0.2.7:7002 --no-lab --security tls").code, 0);
  EXPECT_FALSE(administration_->get_agency("police")->destinations(1).lab());
}

TEST_F(LictorctlTest, IntegrityIsTurnedOnAndOffAgain) {
  ASSERT_EQ(create_agency().code, 0);
  EXPECT_EQ(run("agency update --id police --signing-key evidence").code, 1);
  const Outcome on = run("agency update --id police --integrity sha384 --signing-key evidence --signature-covers list");
  EXPECT_EQ(on.code, 0) << on.text;
  EXPECT_NE(on.text.find("sha384, signed by evidence"), std::string::npos) << on.text;
  EXPECT_NE(run("--json agency show police").text.find("SIGNATURE_COVERS_LIST"), std::string::npos);
  EXPECT_EQ(run("agency update --id police --integrity off").code, 0);
}

TEST_F(LictorctlTest, APresetGoesBeforeWhatElseIsGivenAndLeavesTheRest) {
  ASSERT_EQ(create_agency().code, 0);
  ASSERT_EQ(run("agency update --id police --tls-1-2 --integrity sha512 --preset openli --keepalive-idle 60").code, 0);
  const std::string openli = run("--json agency show police").text;
  for (const char* const part : {"\"li_ps_version\": 17", "\"ip_access_version\": 10", "\"keepalive_idle_s\": 60",
                                 "CONFIRM_LEVEL_TRANSPORTED", "SIGNATURE_COVERS_LIST", "RECORD_ENCODING_BER",
                                 "\"numbers_from_1\": true", "\"allow_1_2\": true", "HASH_METHOD_SHA512"}) {
    EXPECT_NE(openli.find(part), std::string::npos) << part << "\n" << openli;
  }
  ASSERT_EQ(run("agency update --id police --preset etsi").code, 0);
  const std::string etsi = run("--json agency show police").text;
  for (const char* const part : {"\"li_ps_version\": 0", "RECORD_ENCODING_UNSPECIFIED", "\"keepalive_idle_s\": 0",
                                 "\"numbers_from_1\": false", "\"allow_1_2\": true", "HASH_METHOD_SHA512"}) {
    EXPECT_NE(etsi.find(part), std::string::npos) << part << "\n" << etsi;
  }
}

TEST_F(LictorctlTest, EveryListAnswersWhenThereIsNothing) {
  for (const char* arguments : {"agency list", "warrant list", "dataplane list", "tap list", "alarm list --standing"}) {
    EXPECT_EQ(run(arguments).code, 0) << arguments;
    EXPECT_EQ(run(std::string("--json ") + arguments).text.front(), '{') << arguments;
  }
}

}  // namespace
}  // namespace lictor::control
