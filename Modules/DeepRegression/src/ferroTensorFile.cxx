#include "ferroTensorFile.h"

#include "ferroErrors.h"
#include "ferroSha256.h"

#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>

namespace ferro
{
namespace
{
constexpr std::uint64_t MaximumHeader = 64u << 20;

[[noreturn]] void
Fail(const std::filesystem::path & file, const std::string & reason)
{
  throw InputError(file.string() + ": " + reason);
}

std::string
Digest(const std::map<std::string, TensorFile::Tensor> & tensors)
{
  Sha256 hash;
  for (const auto & [name, tensor] : tensors)
  {
    hash.Update(tensor.values.data(), tensor.values.size() * sizeof(float));
  }
  return hash.HexDigest();
}
} // namespace

void
TensorFile::Write(const std::filesystem::path & file) const
{
  nlohmann::json header;
  header["__metadata__"] = {{"ferroscope", description.dump()}, {"sha256", Digest(tensors)}};
  std::uint64_t offset = 0;
  for (const auto & [name, tensor] : tensors)
  {
    const std::uint64_t end = offset + tensor.values.size() * sizeof(float);
    header[name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const auto length = static_cast<std::uint64_t>(text.size());
  char prefix[8];
  for (int k = 0; k < 8; ++k)
  {
    prefix[k] = static_cast<char>((length >> (8 * k)) & 0xff);
  }
  errno = 0;
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream.write(prefix, 8);
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  for (const auto & [name, tensor] : tensors)
  {
    stream.write(reinterpret_cast<const char *>(tensor.values.data()),
                 static_cast<std::streamsize>(tensor.values.size() * sizeof(float)));
  }
  stream.close();
  if (stream.fail())
  {
    const int reason = errno;
    throw OutputError(file.string() + ": cannot be written: " + (reason ? std::strerror(reason) : "unknown reason"));
  }
}

TensorFile
TensorFile::Read(const std::filesystem::path & file)
{
  const std::string expected = "not a network of Ferroscope (expected a .safetensors file that 'train' wrote)";
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  std::ifstream stream(file, std::ios::binary);
  if (error || !stream)
  {
    errno = errno ? errno : ENOENT;
    Fail(file, std::string("cannot be read: ") + (error ? error.message() : std::strerror(errno)));
  }
  unsigned char prefix[8] = {};
  stream.read(reinterpret_cast<char *>(prefix), 8);
  std::uint64_t length = 0;
  for (int k = 7; k >= 0; --k)
  {
    length = (length << 8) | prefix[k];
  }
  if (size < 8 || length < 2 || length > MaximumHeader)
  {
    Fail(file, expected);
  }
  if (length > size - 8)
  {
    // A foreign file has nearly any number here; the brace tells a truncated file from it.
    Fail(file, stream.peek() == '{' ? "is truncated: its header says " + std::to_string(length) +
                                        " bytes, the file has " + std::to_string(size)
                                    : expected);
  }
  std::string text(length, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(length));
  const auto header = nlohmann::json::parse(text, nullptr, false);
  if (!stream || !header.is_object() || !header.contains("__metadata__") || !header["__metadata__"].is_object() ||
      !header["__metadata__"].contains("ferroscope") || !header["__metadata__"]["ferroscope"].is_string())
  {
    Fail(file, expected);
  }
  TensorFile result;
  result.description =
    nlohmann::json::parse(header["__metadata__"]["ferroscope"].get_ref<const std::string &>(), nullptr, false);
  if (!result.description.is_object())
  {
    Fail(file, expected);
  }
  const std::uint64_t dataSize = size - 8 - length;
  std::map<std::string, std::uint64_t> offsets;
  std::uint64_t total = 0;
  try
  {
    for (const auto & [name, entry] : header.items())
    {
      if (name == "__metadata__")
      {
        continue;
      }
      const auto begin = entry.at("data_offsets").at(0).get<std::uint64_t>();
      const auto end = entry.at("data_offsets").at(1).get<std::uint64_t>();
      const auto shape = entry.at("shape").get<std::vector<long>>();
      double count = 1.0;
      for (const long extent : shape)
      {
        count *= extent < 0 ? -1.0 : static_cast<double>(extent);
      }
      if (entry.at("dtype") != "F32" || begin > end || count * sizeof(float) != static_cast<double>(end - begin))
      {
        Fail(file, "is damaged: array '" + name + "' is not described rightly");
      }
      if (end > dataSize)
      {
        Fail(file, "is truncated: array '" + name + "' ends at byte " + std::to_string(8 + length + end) +
                     ", the file has " + std::to_string(size));
      }
      result.tensors[name].shape = shape;
      offsets[name] = begin;
      total += end - begin;
    }
  }
  catch (const nlohmann::json::exception &)
  {
    Fail(file, "is damaged: the header does not describe its arrays");
  }
  if (total > dataSize) // arrays that overlap could claim more than there is
  {
    Fail(file, "is damaged: its arrays overlap");
  }
  for (auto & [name, tensor] : result.tensors)
  {
    std::size_t count = 1;
    for (const long extent : tensor.shape)
    {
      count *= static_cast<std::size_t>(extent);
    }
    tensor.values.resize(count);
    stream.seekg(static_cast<std::streamoff>(8 + length + offsets[name]));
    stream.read(reinterpret_cast<char *>(tensor.values.data()), static_cast<std::streamsize>(count * sizeof(float)));
    if (!stream)
    {
      Fail(file, "is truncated");
    }
    for (const float value : tensor.values)
    {
      if (!std::isfinite(value))
      {
        Fail(file, "is damaged: array '" + name + "' holds a number that is not finite");
      }
    }
  }
  const auto & metadata = header["__metadata__"];
  if (!metadata.contains("sha256") || metadata["sha256"] != Digest(result.tensors))
  {
    Fail(file, "is damaged: the checksum of its numbers is wrong");
  }
  return result;
}
} // namespace ferro
