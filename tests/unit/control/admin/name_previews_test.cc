// What an approver is shown of a target that signalling names.
#include "control/registry/selector.h"
#include "tests/unit/control/support/control_test.h"

namespace lictor::control {
namespace {

class NamePreviewsTest : public ControlTest {
 protected:
  NamePreviewsTest() { add_agency(); }

  std::string submitted() {
    v1::Warrant named = make_warrant("NAMED");
    named.mutable_targets(0)->set_selector("radius-user:alice@Example.org");
    named.set_order_sha256(std::string(32, 'x'));
    const std::string id = file(named);
    administration_->submit_warrant(id, done());
    return id;
  }
};

TEST_F(NamePreviewsTest, ItsOneFormAndWhoElseNamesIt) {
  const std::string id = submitted();
  v1::Warrant other = make_warrant("OTHER");
  other.mutable_targets(0)->set_selector("radius-user:hex:616c696365406578616d706c652e6f7267");
  file(other);
  const Result<v1::PreviewWarrantReply> preview = administration_->preview_warrant(id);
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_EQ(preview->warrant().targets(0).selector(), "radius-user:alice@example.org");
  EXPECT_EQ(preview->targets(0).other_warrants(), 1u);
  EXPECT_FALSE(preview->targets(0).shared());
}

TEST_F(NamePreviewsTest, WhoElseAsksForANumberOfARange) {
  policy_.number_digits_min = 6;
  open();
  const auto asking = [](const char* liid, const char* selector) {
    v1::Warrant warrant = make_warrant(liid);
    warrant.mutable_targets(0)->set_selector(selector);
    warrant.set_order_sha256(std::string(32, 'x'));
    return warrant;
  };
  const std::string id = file(asking("RANGE", "tel-uri:+43-12345*"));
  administration_->submit_warrant(id, done());
  file(asking("INSIDE", "tel-uri:+43123456"));
  file(asking("OUTSIDE", "tel-uri:+43123467"));
  const Result<v1::PreviewWarrantReply> preview = administration_->preview_warrant(id);
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_EQ(preview->warrant().targets(0).selector(), "tel-uri:+4312345*");
  EXPECT_EQ(preview->targets(0).other_warrants(), 1u);
}

TEST_F(NamePreviewsTest, WhetherPolicyListsItAsSharedByNow) {
  const std::string id = submitted();
  policy_.shared_names = {std::get<v1::TapTarget>(*parse_selector("radius-user:Alice"))};
  open();  // with another policy
  const Result<v1::PreviewWarrantReply> preview = administration_->preview_warrant(id);
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_TRUE(preview->targets(0).shared());
}

}  // namespace
}  // namespace lictor::control
