#include "ferroErrors.h"
#include "ferroFourierTransform.h"
#include "ferroOutputFolder.h"
#include "ferroPlugin.h"
#include "ferroSimulateDeclaration.h"
#include "ferroSimulationFiles.h"
#include "ferroSimulationSums.h"
#include "ferroStemSimulationSource.h"
#include "ferroVectorFieldWriter.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
std::string
DescribeTime(double seconds)
{
  std::ostringstream text;
  text.precision(2);
  if (seconds < 100.0)
  {
    text << seconds << " s";
  }
  else if (seconds < 6000.0)
  {
    text << std::round(seconds / 60.0) << " min";
  }
  else
  {
    text << std::fixed;
    text.precision(1);
    text << seconds / 3600.0 << " h";
  }
  return text.str();
}

/** \class SimulateCommand
 * \brief Configuration after configuration, each kept as soon as it is done.
 */
class SimulateCommand : public Command
{
public:
  CommandDeclaration
  Declare() const override
  {
    return DeclareSimulate();
  }

  void
  Run(CommandContext & context) override
  {
    const auto request = GetSimulationRequest(context);
    for (const auto & warning : request.structure.warnings)
    {
      context.Warn(warning);
    }
    const auto wisdom = GetFourierWisdomFile();
    LoadFourierWisdom(wisdom);
    auto source = StemSimulationSource::New();
    source->SetNumberOfWorkUnits(static_cast<unsigned int>(context.GetThreads()));
    source->Initialize(request.structure, request.parameters);
    SaveFourierWisdom(wisdom);
    const auto & plan = source->GetPlan();
    const std::size_t values = static_cast<std::size_t>(request.parameters.scanX) *
                               static_cast<std::size_t>(request.parameters.scanY) * source->GetNumberOfSignals();
    SimulationSums sums(GetFingerprint(request, plan), values);
    this->Resume(context, sums);
    this->Announce(context, request, plan, sums.GetConfigurations());

    context.Observe(source);
    const int begin = std::min(sums.GetConfigurations(), plan.configurations);
    for (int n = begin; n < plan.configurations; ++n)
    {
      const double count = plan.configurations - begin;
      context.BeginStage("Configuration " + std::to_string(n + 1) + " of " + std::to_string(plan.configurations),
                         (n - begin) / count, (n + 1 - begin) / count);
      source->SetConfiguration(n);
      source->Modified();
      source->Update();
      context.CheckCancelled();
      const auto * signals = source->GetOutput()->GetBufferPointer();
      std::vector<double> blurred(signals, signals + values);
      BlurScan(blurred, request.parameters.scanX, request.parameters.scanY,
               static_cast<int>(source->GetNumberOfSignals()), request.blur);
      sums.Add(blurred);
      this->Write(context, request, plan, sums);
    }
    if (begin == plan.configurations)
    {
      this->Write(context, request, plan, sums);
    }
    context.Info(std::to_string(sums.GetConfigurations()) + " configuration" +
                 (sums.GetConfigurations() == 1 ? "" : "s") + " of " + std::to_string(plan.waves) +
                 " probes; results in " + context.GetPath("output").string());
  }

private:
  static void
  Resume(const CommandContext & context, SimulationSums & sums)
  {
    const auto checkpoint = context.GetPath("output") / "checkpoint.bin";
    if (context.GetBoolean("resume") && std::filesystem::exists(checkpoint))
    {
      sums.Read(checkpoint);
    }
  }

  static void
  Announce(CommandContext & context, const SimulationRequest & request, const SimulationPlan & plan, int done)
  {
    std::ostringstream text;
    text << ToString(plan.method) << " (" << plan.reason << "): " << plan.waves << " probes times tilts, "
         << plan.slices << " slices of " << plan.sliceA << " A, " << plan.nx << " x " << plan.ny << " samples to "
         << std::floor(plan.largestAngleMrad) << " mrad, " << plan.configurations << " configurations";
    if (done > 0)
    {
      text << " of which " << done << " are done";
    }
    const double share = 1.0 - static_cast<double>(std::min(done, plan.configurations)) / plan.configurations;
    text << "; about " << std::ceil(plan.memoryBytes / 1e6) << " MB and " << DescribeTime(share * plan.seconds);
    context.Info(text.str());
    const auto & p = request.parameters;
    if (p.motion == ThermalMotion::Damped)
    {
      context.Warn("motion: damped counts elastic scattering alone; a high-angle detector sees too little, use "
                   "frozen-phonon or qep for numbers");
    }
    const bool random = p.motion == ThermalMotion::FrozenPhonon || p.motion == ThermalMotion::QuantumExcitation;
    if (random && plan.configurations == 1)
    {
      context.Warn("configurations: 1 gives no standard error, use at least 2");
    }
    const double repeatA = std::min(plan.lengthXA, plan.lengthYA);
    if (repeatA < 10.0)
    {
      context.Warn("cells: the simulated area repeats after " + std::to_string(repeatA / 10.0) +
                   " nm, a probe meets its own tails: use more cells");
    }
  }

  /** Everything so far, so that it is there whatever happens next. */
  static void
  Write(CommandContext & context, const SimulationRequest & request, const SimulationPlan & plan,
        const SimulationSums & sums)
  {
    OutputFolder folder(context.GetPath("output"));
    WriteSimulation(request, plan, sums, folder);
    auto summary = context.GetProvenance();
    summary["configurations_done"] = sums.GetConfigurations();
    summary["configurations_wanted"] = plan.configurations;
    summary["images"] = ListImages(request).size();
    WriteJson(summary, folder.Path("summary.json"));
    sums.Write(folder.Path("checkpoint.bin"));
    folder.Commit();
  }
};
} // namespace
} // namespace ferro

FERROSCOPE_PLUGIN(ferro::SimulateCommand);
