// Where the master key comes from, and what happens when it is not there.
#include "control/sealed/open_store.h"

#include "tests/unit/control/sealed/sealed_test.h"

namespace lictor::control {
namespace {

class OpenStoreTest : public SealedTest {
 protected:
  Result<OpenedStore> open_as(const MasterKeyOptions& options) {
    return open_sealed_store(path_, options, test_rules());
  }
  MasterKeyOptions by_default() { return {.default_file = file("keys/lictord.key")}; }
  static mode_t mode_of(const std::string& path) {
    struct stat facts {};
    EXPECT_EQ(::stat(path.c_str(), &facts), 0);
    return facts.st_mode & 07777;
  }
};

TEST_F(OpenStoreTest, WithoutAConfiguredKeyOneIsMadeThatNobodyElseReads) {
  {
    const Result<OpenedStore> opened = open_as(by_default());
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_TRUE(opened->made_key);
    ASSERT_TRUE(opened->store->commit({{.key = "w/1", .value = "x"}}).ok());
  }
  EXPECT_EQ(mode_of(file("keys")), 0700U);
  EXPECT_EQ(mode_of(file("keys/lictord.key")), 0400U);
  const Result<OpenedStore> again = open_as(by_default());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_FALSE(again->made_key);
  EXPECT_EQ((*again->store->get("w/1"))->value, "x");
}

TEST_F(OpenStoreTest, NoNewKeyIsMadeForAStoreThatIsSealedAlready) {
  ASSERT_TRUE(open_as(by_default()).ok());
  ASSERT_TRUE(erase_key_file(file("keys/lictord.key")).ok());
  EXPECT_EQ(open_as(by_default()).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(std::filesystem::exists(file("keys/lictord.key")));
}

TEST_F(OpenStoreTest, AConfiguredKeyThatIsMissingIsNotMade) {
  EXPECT_EQ(open_as({.file = file("none")}).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(std::filesystem::exists(file("none")));
}

TEST_F(OpenStoreTest, APassphraseInAFileOpensTheStoreAndAnotherDoesNot) {
  write_file(file("pass"), "correct horse battery\n", 0600);
  ASSERT_TRUE(open_as({.passphrase_file = file("pass")}).ok());
  ASSERT_TRUE(open_as({.passphrase_file = file("pass")}).ok());
  write_file(file("pass"), "incorrect horse battery\n", 0600);
  EXPECT_EQ(open_as({.passphrase_file = file("pass")}).status().code(), absl::StatusCode::kPermissionDenied);
  write_file(file("pass"), "correct horse battery\n", 0644);
  EXPECT_EQ(open_as({.passphrase_file = file("pass")}).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(OpenStoreTest, ARotationThatWasCommittedIsBroughtToItsEnd) {
  ASSERT_TRUE(open_as(by_default()).ok());
  const std::string path = file("keys/lictord.key");
  ASSERT_TRUE(make_master_key_file(next_key_file(path)).ok());
  const std::string next = read_file(next_key_file(path));
  ASSERT_TRUE(open_as(by_default())->made_key == false);
  EXPECT_FALSE(std::filesystem::exists(next_key_file(path))) << "it was not committed: nobody needs it";
  ASSERT_TRUE(make_master_key_file(next_key_file(path)).ok());
  const std::string committed = read_file(next_key_file(path));
  {
    Result<std::unique_ptr<SqliteStore>> rows = SqliteStore::open(path_);
    Result<std::unique_ptr<SealedStore>> store = SealedStore::open(**rows, FileMasterKey(path), test_rules());
    ASSERT_TRUE((*store)->rotate(FileMasterKey(next_key_file(path))).ok());
  }
  ASSERT_TRUE(open_as(by_default()).ok());
  EXPECT_EQ(read_file(path), committed);
  EXPECT_NE(committed, next);
  EXPECT_EQ(mode_of(path), 0400U);
  EXPECT_FALSE(std::filesystem::exists(next_key_file(path)));
}

TEST_F(OpenStoreTest, AFilesKeyIsReplacedByANewOne) {
  const std::string path = file("keys/lictord.key");
  ASSERT_TRUE(open_as(by_default()).ok());
  const std::string former = read_file(path);
  ASSERT_TRUE(rotate_key_file(*open_as(by_default()), path).ok());
  EXPECT_NE(read_file(path), former);
  EXPECT_EQ(mode_of(path), 0400U);
  EXPECT_TRUE(open_as(by_default()).ok());
  write_file(path, former, 0400);
  EXPECT_EQ(open_as(by_default()).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(OpenStoreTest, AStoreGoesOverToTheNextKeyOfAnotherKindOnce) {
  write_file(file("pass"), "correct horse battery\n", 0600);
  const MasterKeyOptions next{.passphrase_file = file("pass")};
  {
    const Result<OpenedStore> opened = open_sealed_store(path_, by_default(), test_rules(), &next);
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_FALSE(opened->by_next);
    ASSERT_TRUE(rotate_to(*opened, next).ok());
  }
  EXPECT_FALSE(open_as(by_default()).ok());
  const Result<OpenedStore> again = open_sealed_store(path_, by_default(), test_rules(), &next);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->by_next);
  EXPECT_TRUE(rotate_to(*again, next).ok()) << "it is under it already";
}

TEST(KeyFile, IsOverwrittenBeforeItIsReplacedOrRemoved) {
  const std::string folder = std::filesystem::temp_directory_path() / "lictor-key-XXXXXX";
  std::string name = folder;
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  const std::string path = name + "/key";
  ASSERT_TRUE(make_master_key_file(path).ok());
  EXPECT_EQ(make_master_key_file(path).code(), absl::StatusCode::kAlreadyExists);
  std::filesystem::create_hard_link(path, name + "/former");  // sees what becomes of the octets
  ASSERT_TRUE(make_master_key_file(path + ".next").ok());
  ASSERT_TRUE(replace_master_key_file(path, path + ".next").ok());
  EXPECT_EQ(read_file(name + "/former"), std::string(65, '\0'));
  EXPECT_EQ(read_file(path).size(), 65U);
  std::filesystem::create_hard_link(path, name + "/latter");
  ASSERT_TRUE(erase_key_file(path).ok());
  EXPECT_TRUE(erase_key_file(path).ok()) << "there is none any more";
  EXPECT_EQ(read_file(name + "/latter"), std::string(65, '\0'));
  std::filesystem::remove_all(name);
}

}  // namespace
}  // namespace lictor::control
