#include "config/reader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/config/reading.h"

namespace espy::config {
namespace {

Outcome read_all(const std::vector<std::string>& arguments) { return read(arguments, {}); }

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "espy_reader_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, std::string_view text, mode_t mode = 0600) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
  std::string folder_;
};

using ReaderFiles = Folder;

TEST(Reader, MergesFilesInOrderAndKeepsAnSpdForEach) {
  const Outcome outcome = read_all({data_path("classic-ah-sha256-esp-aescbc.xfrm-state.txt"),
                                    data_path("classic-ah-sha256-esp-aescbc.xfrm-policy.txt"), data_path("block-policy.xfrm-policy.txt")});
  EXPECT_TRUE(outcome.errors.empty());
  EXPECT_EQ(outcome.configuration.associations.size(), 4U);
  ASSERT_EQ(outcome.configuration.spds.size(), 2U);
  EXPECT_EQ(outcome.configuration.spds[0].name, data_path("classic-ah-sha256-esp-aescbc.xfrm-policy.txt"));
  EXPECT_EQ(outcome.configuration.spds[1].policies.size(), 4U);
}

TEST_F(ReaderFiles, AFormatInFrontIsTaken) {
  const std::string empty = write("empty", "");
  EXPECT_EQ(read_all({empty}).errors.size(), 1U);
  EXPECT_TRUE(read_all({"xfrm-state:" + empty}).errors.empty());
  const std::string colon = write("a:b", "flush;");
  EXPECT_TRUE(read_all({colon}).errors.empty());
}

TEST_F(ReaderFiles, SaysWhyAFileCannotBeRead) {
  const Outcome missing = read_all({folder_ + "/none"});
  ASSERT_EQ(missing.errors.size(), 1U);
  EXPECT_EQ(base::to_string(missing.errors[0]),
            folder_ + "/none: cannot be read: No such file or directory; check the name; -c takes FILE or FORMAT:FILE");
  const Outcome folder = read_all({folder_});
  ASSERT_EQ(folder.errors.size(), 1U);
  EXPECT_EQ(folder.errors[0].message, "cannot be read: it is a folder");
}

TEST_F(ReaderFiles, TellsAFormatThatIsNone) {
  const std::string file = write("sad", "");
  const Outcome outcome = read_all({"xfrm:" + file});
  ASSERT_EQ(outcome.errors.size(), 1U);
  EXPECT_TRUE(outcome.errors[0].advice.starts_with("'xfrm' is no format; use one of setkey, ")) << outcome.errors[0].advice;
}

TEST_F(ReaderFiles, ErrorsFollowTheText) {
  const std::string file = write("setkey.conf",
                                 "spdadd 10.0.0.1 10.0.0.2 any -P outt ipsec esp/transport//require;\n"
                                 "spdadd 10.0.0.1 10.0.0.2 any -P out ipsec esp/tunnel/10.0.0.1/require\n"
                                 "spdadd 10.0.0.1 10.0.0.2 any -P in ipsec esp/transport//requir;\n");
  const Outcome outcome = read_all({file});
  ASSERT_EQ(outcome.errors.size(), 4U);
  EXPECT_EQ(outcome.errors[0].message, "'outt' is no direction");
  for (std::size_t index = 0; index + 1 < outcome.errors.size(); ++index)
    EXPECT_LE(outcome.errors[index].line, outcome.errors[index + 1].line);
}

TEST_F(ReaderFiles, FindsKeysThatEverybodyCanRead) {
  constexpr std::string_view kText = "add 10.0.0.1 10.0.0.2 esp 0x201 -E aes-cbc 0x000102030405060708090a0b0c0d0e0f;";
  const std::string open = write("open.conf", kText, 0644);
  const Outcome found = read_all({open});
  ASSERT_EQ(found.findings.size(), 1U);
  EXPECT_EQ(found.findings[0].code, "config.readable-keys");
  EXPECT_EQ(found.findings[0].origin.file, open);
  EXPECT_TRUE(read_all({write("closed.conf", kText, 0600)}).findings.empty());
  EXPECT_TRUE(read_all({write("nokeys.conf", "add 10.0.0.1 10.0.0.2 esp 0x201 -E null;", 0644)}).findings.empty());
}

TEST_F(ReaderFiles, ReadsFilesLargerThanOneChunk) {
  std::string text;
  for (int index = 0; index < 20000; ++index) text += "# a line that only makes the file longer\n";
  text += "add 10.0.0.1 10.0.0.2 esp 0x201 -E null;\n";
  const Outcome outcome = read_all({write("long.conf", text)});
  EXPECT_TRUE(outcome.errors.empty());
  ASSERT_EQ(outcome.configuration.associations.size(), 1U);
  EXPECT_EQ(outcome.configuration.associations[0].origin.line, 20001U);
}

}  // namespace
}  // namespace espy::config
