#include "ferroSha256.h"

#include "ferroErrors.h"
#include "ferroInputFile.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

namespace ferro
{
namespace
{
constexpr std::uint32_t
RotateRight(std::uint32_t value, int bits)
{
  return (value >> bits) | (value << (32 - bits));
}

// First 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2).
constexpr std::uint32_t RoundConstants[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
} // namespace

Sha256::Sha256()
  : m_State{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}, m_Buffer{}
{
}

void
Sha256::Block(const unsigned char * block)
{
  std::uint32_t w[64];
  for (int i = 0; i < 16; ++i)
  {
    w[i] = std::uint32_t{block[4 * i]} << 24 | std::uint32_t{block[4 * i + 1]} << 16 |
           std::uint32_t{block[4 * i + 2]} << 8 | std::uint32_t{block[4 * i + 3]};
  }
  for (int i = 16; i < 64; ++i)
  {
    const std::uint32_t s0 = RotateRight(w[i - 15], 7) ^ RotateRight(w[i - 15], 18) ^ (w[i - 15] >> 3);
    const std::uint32_t s1 = RotateRight(w[i - 2], 17) ^ RotateRight(w[i - 2], 19) ^ (w[i - 2] >> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = m_State;
  for (int i = 0; i < 64; ++i)
  {
    const std::uint32_t s1 = RotateRight(e, 6) ^ RotateRight(e, 11) ^ RotateRight(e, 25);
    const std::uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + RoundConstants[i] + w[i];
    const std::uint32_t s0 = RotateRight(a, 2) ^ RotateRight(a, 13) ^ RotateRight(a, 22);
    const std::uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  const std::uint32_t sum[8] = {a, b, c, d, e, f, g, h};
  for (int i = 0; i < 8; ++i)
  {
    m_State[i] += sum[i];
  }
}

void
Sha256::Update(const void * data, std::size_t length)
{
  const auto * bytes = static_cast<const unsigned char *>(data);
  m_Length += length;
  while (length > 0)
  {
    if (m_Buffered == 0 && length >= 64)
    {
      this->Block(bytes);
      bytes += 64;
      length -= 64;
      continue;
    }
    const std::size_t take = std::min<std::size_t>(64 - m_Buffered, length);
    std::memcpy(m_Buffer.data() + m_Buffered, bytes, take);
    m_Buffered += take;
    bytes += take;
    length -= take;
    if (m_Buffered == 64)
    {
      this->Block(m_Buffer.data());
      m_Buffered = 0;
    }
  }
}

std::string
Sha256::HexDigest()
{
  const std::uint64_t bits = m_Length * 8;
  const unsigned char one = 0x80;
  const unsigned char zero = 0;
  this->Update(&one, 1);
  while (m_Buffered != 56)
  {
    this->Update(&zero, 1);
  }
  unsigned char tail[8];
  for (int i = 0; i < 8; ++i)
  {
    tail[i] = static_cast<unsigned char>(bits >> (56 - 8 * i));
  }
  this->Update(tail, 8);
  std::string text;
  for (const std::uint32_t word : m_State)
  {
    for (int shift = 28; shift >= 0; shift -= 4)
    {
      text += "0123456789abcdef"[(word >> shift) & 15U];
    }
  }
  return text;
}

std::string
Sha256::HashFile(const std::filesystem::path & name)
{
  const std::filesystem::path file = SplitInnerPath(name).first;
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
  {
    throw InputError(file.string() + ": not a regular file that could be read");
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
  {
    throw InputError(file.string() + ": cannot be opened: " + std::strerror(errno));
  }
  Sha256 hash;
  std::vector<char> piece(1 << 16);
  while (stream)
  {
    stream.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    hash.Update(piece.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad())
  {
    throw InputError(file.string() + ": reading failed: " + std::strerror(errno));
  }
  return hash.HexDigest();
}
} // namespace ferro
