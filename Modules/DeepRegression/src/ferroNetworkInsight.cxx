#include "ferroNetworkInsight.h"

#include "ferroErrors.h"

namespace ferro
{
std::vector<LayerGeometry>
GetLayers(const ModelDescription & description)
{
  const auto & architecture = description.architecture;
  std::vector<LayerGeometry> layers;
  LayerGeometry now;
  now.stride = architecture.inputPooling;
  now.offset = 0.5 * static_cast<double>(architecture.inputPooling - 1);
  now.receptiveField = architecture.inputPooling;
  int index = 0;
  for (const auto & block : architecture.blocks)
  {
    for (long layer = 0; layer < block.layers; ++layer)
    {
      now.name = "conv" + std::to_string(++index);
      now.filters = block.channels;
      now.receptiveField += (architecture.kernel - 1) * now.stride;
      if (!architecture.samePadding)
      {
        now.offset += 0.5 * static_cast<double>((architecture.kernel - 1) * now.stride);
      }
      layers.push_back(now);
    }
    if (block.pool)
    {
      now.receptiveField += now.stride;
      now.offset += 0.5 * static_cast<double>(now.stride);
      now.stride *= 2;
    }
  }
  now.name = "head";
  now.filters = static_cast<long>(description.targets.size());
  now.receptiveField = architecture.windowPx;
  now.offset = 0.5 * static_cast<double>(architecture.windowPx - 1);
  layers.push_back(now);
  return layers;
}

LayerGeometry
FindLayer(const ModelDescription & description, const std::string & name)
{
  std::string names;
  for (const LayerGeometry & layer : GetLayers(description))
  {
    if (layer.name == name || layer.name == "conv" + name)
    {
      return layer;
    }
    names += (names.empty() ? "" : ", ") + layer.name;
  }
  throw UsageError("--layer: found '" + name + "', expected one of " + names);
}
} // namespace ferro
