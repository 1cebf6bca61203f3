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
