// Which modules an nsswitch.conf names for hosts.
#include "dataplane/base/host_modules.h"

#include <gmock/gmock.h>

namespace lictor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(HostModules, ThoseOfHostsAreNamedInTheirOrderWithoutActions) {
  EXPECT_THAT(
      host_modules_of(
          "passwd: files systemd\nhosts:\tfiles mdns4_minimal [NOTFOUND=return] dns[!UNAVAIL=return]myhostname\n"
          "networks: files\n"),
      ElementsAre("files", "mdns4_minimal", "dns", "myhostname"));
}

TEST(HostModules, CommentsAndOtherLinesAreNone) {
  EXPECT_THAT(host_modules_of("# hosts: db\n  hosts: files # resolve"), ElementsAre("files"));
  EXPECT_THAT(host_modules_of("passwd: files\n"), IsEmpty());
  EXPECT_THAT(host_modules_of("hosts:"), IsEmpty());
  EXPECT_THAT(host_modules_of("hosts: [NOTFOUND"), IsEmpty());
  EXPECT_THAT(host_modules_of(""), IsEmpty());
}

TEST(HostModules, NoMoreThanTheBoundAreTaken) {
  std::string text = "hosts:";
  for (size_t i = 0; i < 2 * kHostModulesMax; ++i) text += " files";
  EXPECT_EQ(host_modules_of(text).size(), kHostModulesMax);
}

}  // namespace
}  // namespace lictor
