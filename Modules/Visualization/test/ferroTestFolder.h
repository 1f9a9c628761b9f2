#ifndef ferroTestFolder_h
#define ferroTestFolder_h

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>

namespace ferro
{
/** \class TestFolder
 * \brief An empty folder for one test of one process, removed with all in it at the end.
 */
class TestFolder
{
public:
  TestFolder()
    : m_Folder(std::filesystem::path(testing::TempDir()) / ("ferroscope-visualization-" + std::to_string(getpid())))
  {
    std::filesystem::remove_all(m_Folder);
    std::filesystem::create_directories(m_Folder);
  }
  ~TestFolder()
  {
    std::error_code ignored;
    std::filesystem::remove_all(m_Folder, ignored);
  }
  TestFolder(const TestFolder &) = delete;
  TestFolder & operator=(const TestFolder &) = delete;

  std::filesystem::path
  operator/(const std::string & name) const
  {
    return m_Folder / name;
  }
  const std::filesystem::path &
  Path() const
  {
    return m_Folder;
  }

private:
  std::filesystem::path m_Folder;
};

/** All bytes of a file. */
inline std::string
ReadAll(const std::filesystem::path & file)
{
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}
} // namespace ferro

#endif
