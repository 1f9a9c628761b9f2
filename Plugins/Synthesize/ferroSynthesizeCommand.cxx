#include "ferroErrors.h"
#include "ferroImageJTiffWriter.h"
#include "ferroOutputFolder.h"
#include "ferroPlugin.h"
#include "ferroSynthesizeDeclaration.h"
#include "ferroSynthesizeFiles.h"
#include "ferroSyntheticMicrographSource.h"
#include "ferroVectorFieldWriter.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <ostream>

namespace ferro
{
namespace
{
/** The files of one image. */
struct Names
{
  std::filesystem::path image;
  std::filesystem::path truth;
  std::filesystem::path description;
};

Names
NamesOf(const std::string & output, const std::string & number)
{
  std::string base = output;
  std::string ending = ".tif";
  for (const std::string known : {".tif", ".tiff", ".npy"})
  {
    if (output.size() > known.size() && output.compare(output.size() - known.size(), known.size(), known) == 0)
    {
      base = output.substr(0, output.size() - known.size());
      ending = known;
    }
  }
  base += number;
  return {base + ending, base + "_truth.csv", base + ".json"};
}

void
WriteAll(const SyntheticMicrographSource & source, const SyntheticTruth::Values & truth,
         const nlohmann::json & provenance, const Names & names)
{
  OutputFile image(names.image);
  OutputFile table(names.truth);
  OutputFile description(names.description);
  if (names.image.extension() == ".npy")
  {
    WriteNumpyArray(*source.GetOutput(), image.Path());
  }
  else
  {
    WriteImageJTiff(*source.GetOutput(), image.Path());
  }
  WriteTruthTable(truth, table.Path());
  auto json = DescribeSynthetic(truth);
  for (const auto * key : {"program", "version", "macro", "parameters"})
  {
    json[key] = provenance.at(key);
  }
  WriteJson(json, description.Path());
  image.Commit();
  table.Commit();
  description.Commit();
}

class SynthesizeCommand : public Command
{
public:
  CommandDeclaration
  Declare() const override
  {
    return DeclareSynthesize();
  }

  void
  Run(CommandContext & context) override
  {
    const auto parameters = GetSyntheticParameters(context);
    const long count = context.GetInteger("seriesCount");
    if (count > 1 && !context.Has("seriesEnd"))
    {
      throw UsageError("seriesEnd: missing, expected the value of " + context.GetText("seriesQuantity") +
                       " in the last image of the series");
    }
    const auto provenance = context.GetProvenance();
    for (long n = 0; n < count; ++n)
    {
      context.CheckCancelled();
      auto current = parameters;
      std::string number;
      if (count > 1)
      {
        const double share = static_cast<double>(n) / static_cast<double>(count - 1);
        auto & quantity = context.GetText("seriesQuantity") == "ratioB" ? current.ratioB : current.displacementPm;
        quantity += share * (context.GetNumber("seriesEnd") - quantity);
        current.seed += static_cast<std::uint64_t>(n);
        number = (n < 10 ? "_0" : "_") + std::to_string(n);
      }
      const auto names = NamesOf(context.GetText("output"), number);
      context.BeginStage("Making " + names.image.filename().string(),
                         static_cast<double>(n) / static_cast<double>(count),
                         static_cast<double>(n + 1) / static_cast<double>(count));
      auto source = SyntheticMicrographSource::New();
      source->SetParameters(current);
      context.Observe(source);
      source->Update();
      WriteAll(*source, source->GetTruth()->Get(), provenance, names);
      context.Info(names.image.string() + ": " + std::to_string(source->GetTruth()->MakeColumnSet()->Size()) +
                   " columns");
    }
  }
};
} // namespace
} // namespace ferro

FERROSCOPE_PLUGIN(ferro::SynthesizeCommand);
