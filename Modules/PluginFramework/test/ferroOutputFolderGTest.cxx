#include "ferroErrors.h"
#include "ferroOutputFolder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace
{
class OutputTest : public ::testing::Test
{
protected:
  void
  SetUp() override
  {
    m_Root = fs::path(::testing::TempDir()) / ("ferro-output-" + std::to_string(::getpid()));
    fs::remove_all(m_Root);
    fs::create_directories(m_Root);
  }
  void
  TearDown() override
  {
    ferro::ClearProtectedInputs();
    fs::permissions(m_Root, fs::perms::owner_all);
    fs::remove_all(m_Root);
  }
  /** Number of files and folders below the root. */
  long
  Count() const
  {
    return std::distance(fs::recursive_directory_iterator(m_Root), fs::recursive_directory_iterator());
  }
  static void
  Write(const fs::path & file, const std::string & text)
  {
    std::ofstream(file) << text;
  }
  static std::string
  Read(const fs::path & file)
  {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  template <class TFunction>
  static std::string
  OutputErrorOf(TFunction function)
  {
    try
    {
      function();
    }
    catch (const ferro::OutputError & error)
    {
      return error.GetMessage();
    }
    return "";
  }
  fs::path m_Root;
};
} // namespace

TEST_F(OutputTest, FolderAppearsWhole)
{
  ferro::OutputFolder folder(m_Root / "a" / "b" / "result/");
  Write(folder.Path("one.csv"), "1");
  Write(folder.Path("figures/two.png"), "2");
  EXPECT_FALSE(fs::exists(m_Root / "a/b/result"));
  folder.Commit();
  EXPECT_EQ(Read(m_Root / "a/b/result/one.csv"), "1");
  EXPECT_EQ(Read(m_Root / "a/b/result/figures/two.png"), "2");
}

TEST_F(OutputTest, NothingStaysWithoutCommit)
{
  {
    ferro::OutputFolder folder(m_Root / "a" / "b" / "result");
    Write(folder.Path("figures/one.csv"), "1");
    ferro::OutputFile file(m_Root / "c" / "two.csv");
    Write(file.Path(), "2");
    EXPECT_EQ(file.Path().extension(), ".csv");
    EXPECT_GT(this->Count(), 0);
  }
  EXPECT_EQ(this->Count(), 0);
}

TEST_F(OutputTest, OtherFilesOfTheFolderStay)
{
  fs::create_directories(m_Root / "result/figures");
  Write(m_Root / "result/own.txt", "mine");
  Write(m_Root / "result/one.csv", "old");
  {
    ferro::OutputFolder folder(m_Root / "result");
    Write(folder.Path("one.csv"), "new");
    Write(folder.Path("figures/two.png"), "2");
    EXPECT_EQ(Read(m_Root / "result/one.csv"), "old");
    folder.Commit();
  }
  EXPECT_EQ(Read(m_Root / "result/own.txt"), "mine");
  EXPECT_EQ(Read(m_Root / "result/one.csv"), "new");
  EXPECT_EQ(Read(m_Root / "result/figures/two.png"), "2");
  EXPECT_EQ(this->Count(), 5);
}

TEST_F(OutputTest, SaysWhyItCannotWrite)
{
  Write(m_Root / "file", "x");
  EXPECT_NE(OutputErrorOf([&] { ferro::OutputFolder folder(m_Root / "file"); }).find("is a file"), std::string::npos);
  EXPECT_NE(OutputErrorOf([&] { ferro::OutputFolder folder(m_Root / "file" / "below"); }), "");
  EXPECT_NE(OutputErrorOf([&] { ferro::OutputFile file(m_Root); }).find("is a folder"), std::string::npos);
  EXPECT_NE(OutputErrorOf([&] { ferro::OutputFile file(""); }), "");
  EXPECT_NE(OutputErrorOf([&] { ferro::OutputFolder folder("/proc/ferroscope/result"); }), "");
  EXPECT_NE(OutputErrorOf([&] { ferro::OutputFile file("/proc/result.csv"); }), "");
}

TEST_F(OutputTest, AFolderInTheWayFailsBeforeAnythingMoves)
{
  fs::create_directories(m_Root / "result/b.csv");
  ferro::OutputFolder folder(m_Root / "result");
  Write(folder.Path("a.csv"), "a");
  Write(folder.Path("b.csv"), "b");
  EXPECT_NE(OutputErrorOf([&] { folder.Commit(); }).find("b.csv: is a folder"), std::string::npos);
  EXPECT_FALSE(fs::exists(m_Root / "result/a.csv"));
}

TEST_F(OutputTest, InputsAreProtected)
{
  fs::create_directories(m_Root / "result");
  Write(m_Root / "result/columns.csv", "input");
  ferro::ProtectInput(m_Root / "result/columns.csv");
  ferro::OutputFolder folder(m_Root / "result");
  EXPECT_THROW(folder.Path("columns.csv"), ferro::UsageError);
  EXPECT_THROW(ferro::OutputFile(m_Root / "result" / ".." / "result" / "columns.csv"), ferro::UsageError);
  EXPECT_NO_THROW(folder.Path("cells.csv"));
}

TEST_F(OutputTest, AbandonRemovesWhatIsStaged)
{
  // In a child: afterwards nothing can be staged in that process.
  const pid_t child = ::fork();
  if (child == 0)
  {
    ferro::OutputFolder folder(m_Root / "new" / "result");
    Write(folder.Path("figures/one.csv"), "1");
    ferro::OutputFile file(m_Root / "two.csv");
    Write(file.Path(), "2");
    ferro::AbandonOutputs();
    ::_exit(0);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(this->Count(), 0);
}
