// Configuration files: every wrong key is an error that names it.

#include "dataplane/base/config_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lictor {
namespace {

using testing::HasSubstr;

std::unique_ptr<ConfigFile> parsed(const std::string& text) {
  Result<std::unique_ptr<ConfigFile>> file = ConfigFile::parse(text);
  EXPECT_TRUE(file.ok()) << file.status();
  return std::move(*file);
}

std::string message_of(ConfigFile& file) { return std::string(file.finish().message()); }

TEST(ConfigReader, ReadsEveryKindOfValue) {
  const auto file = parsed(R"(name = "x"; count = 7; big = 8000000000L; on = true; list = ["a", "b"]; numbers = [1, 2];
                              inner = { depth = 2; }; items = ( { id = 1; }, { id = 2; } );)");
  ConfigGroup root = file->root();
  EXPECT_EQ(root.text("name"), "x");
  EXPECT_EQ(root.integer("count"), 7);
  EXPECT_EQ(root.integer("big"), 8'000'000'000);
  EXPECT_TRUE(root.flag("on"));
  EXPECT_EQ(root.texts("list"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(root.integers("numbers"), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(root.group("inner").integer("depth"), 2);
  std::vector<ConfigGroup> items = root.groups("items");
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].integer("id"), 1);
  EXPECT_EQ(items[1].integer("id"), 2);
  EXPECT_TRUE(file->finish().ok()) << file->finish();
}

TEST(ConfigReader, TakesTheFallbackOfAnAbsentKey) {
  const auto file = parsed("");
  ConfigGroup root = file->root();
  EXPECT_EQ(root.text("name", {.fallback = "y"}), "y");
  EXPECT_EQ(root.integer("count", {.fallback = 5}), 5);
  EXPECT_TRUE(root.flag("on", true));
  EXPECT_EQ(root.group("inner").integer("depth", {.fallback = 3}), 3);
  EXPECT_TRUE(root.groups("items").empty());
  EXPECT_TRUE(file->finish().ok());
}

TEST(ConfigReader, NamesAMissingKeyInsideAnAbsentGroup) {
  const auto file = parsed("");
  (void)file->root().group("store").text("path");
  EXPECT_THAT(message_of(*file), HasSubstr("store.path: is missing"));
}

TEST(ConfigReader, NamesAKeyThatNobodyAskedForAtAnyDepth) {
  const auto file = parsed("ports = ( { name = \"a\"; colour = \"red\"; } );");
  for (ConfigGroup& port : file->root().groups("ports")) (void)port.text("name");
  EXPECT_THAT(message_of(*file), HasSubstr("ports[0].colour: unknown key"));
}

TEST(ConfigReader, NamesAKeyOfTheWrongTypeOrOutOfBounds) {
  struct Case {
    const char* text;
    const char* message;
  };
  for (const Case& wrong : {Case{"count = \"7\";", "count: must be an integer from 1 to 10"},
                            Case{"count = 0;", "count: must be an integer from 1 to 10"},
                            Case{"count = 11;", "count: must be an integer from 1 to 10"},
                            Case{"count = 1.5;", "count: must be an integer from 1 to 10"}}) {
    const auto file = parsed(wrong.text);
    (void)file->root().integer("count", {.min = 1, .max = 10});
    EXPECT_THAT(message_of(*file), HasSubstr(wrong.message)) << wrong.text;
  }
  for (const char* text : {"name = 7;", "name = true;", "name = { };", "name = \"toolong\";", "name = \"\";"}) {
    const auto file = parsed(text);
    (void)file->root().text("name", {.min = 1, .max = 5});
    EXPECT_THAT(message_of(*file), HasSubstr("name: must")) << text;
  }
  const auto file = parsed("on = 1;");
  (void)file->root().flag("on");
  EXPECT_THAT(message_of(*file), HasSubstr("on: must be true or false"));
}

TEST(ConfigReader, NamesAListOfTheWrongShape) {
  for (const char* text : {"list = \"a\";", "list = [1, 2];", "list = { };"}) {
    const auto file = parsed(text);
    EXPECT_TRUE(file->root().texts("list").empty());
    EXPECT_THAT(message_of(*file), HasSubstr("list: must be a list of strings")) << text;
  }
  const auto file = parsed("items = ( 1, 2 );");
  EXPECT_TRUE(file->root().groups("items").empty());
  EXPECT_THAT(message_of(*file), HasSubstr("items: must be a list of groups"));
}

TEST(ConfigReader, ReportsTheFirstErrorOnly) {
  const auto file = parsed("a = 1; b = 2;");
  (void)file->root().text("a");
  (void)file->root().text("b");
  EXPECT_THAT(message_of(*file), HasSubstr("a: must be a string"));
}

TEST(ConfigReader, SaysWhereTheSyntaxIsWrong) {
  const Status status = ConfigFile::parse("a = 1;\nb = ;\n").status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 2"));
}

TEST(ConfigReader, SaysWhichFileCannotBeRead) {
  const Status status = ConfigFile::open("/nonexistent/lictor.conf").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nonexistent/lictor.conf"));
}

}  // namespace
}  // namespace lictor
