#include "ferroErrors.h"
#include "ferroSha256.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace
{
std::string
Hash(const std::string & text)
{
  ferro::Sha256 hash;
  hash.Update(text.data(), text.size());
  return hash.HexDigest();
}
} // namespace

// Test vectors of FIPS 180-2, appendix B, and of the NIST examples.
TEST(Sha256, KnownDigests)
{
  EXPECT_EQ(Hash(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Hash(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesGiveTheSameAsTheWhole)
{
  const std::string text(200, 'x');
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
  {
    ferro::Sha256 hash;
    hash.Update(text.data(), cut);
    hash.Update(text.data() + cut, text.size() - cut);
    ASSERT_EQ(hash.HexDigest(), Hash(text)) << cut;
  }
}

TEST(Sha256, Files)
{
  const auto file = std::filesystem::temp_directory_path() / "ferro_sha256_test.bin";
  std::ofstream(file, std::ios::binary) << std::string(1000000, 'a');
  EXPECT_EQ(ferro::Sha256::HashFile(file), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  std::filesystem::remove(file);
  EXPECT_THROW(ferro::Sha256::HashFile(file), ferro::InputError);
  EXPECT_THROW(ferro::Sha256::HashFile(std::filesystem::temp_directory_path()), ferro::InputError);
}
