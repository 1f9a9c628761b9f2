#include "ferroErrors.h"
#include "ferroFourierTransform.h"
#include "ferroOutputFolder.h"
#include "ferroPlugin.h"
#include "ferroRanks.h"
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
    const Ranks ranks;
    SimulationRequest request;
    auto source = StemSimulationSource::New();
    try
    {
      request = this->Prepare(context, ranks, *source);
    }
    catch (...)
    {
      ranks.AllAgree(false);
      if (ranks.IsFirst())
      {
        throw;
      }
      return; // what the first process says is enough
    }
    if (!ranks.AllAgree(true))
    {
      if (ranks.IsFirst())
      {
        throw AnalysisError("simulation: another process cannot begin, though this one can; see its message");
      }
      return;
    }
    try
    {
      this->Simulate(context, ranks, request, *source);
    }
    catch (const itk::ProcessAborted &)
    {
      throw;
    }
    catch (const std::exception & error)
    {
      if (ranks.GetCount() == 1)
      {
        throw;
      }
      // The others wait for this one, and would for ever.
      const auto * ours = dynamic_cast<const Error *>(&error);
      context.Warn("process " + std::to_string(ranks.GetRank()) + " of " + std::to_string(ranks.GetCount()) +
                   " failed: " + (ours ? ours->GetMessage() : error.what()) +
                   "; what was done before is kept, --resume goes on");
      ranks.End(static_cast<int>(ours ? ours->GetStatus() : ExitStatus::AnalysisImpossible));
    }
  }

private:
  /** Everything that the user can have got wrong. */
  static SimulationRequest
  Prepare(CommandContext & context, const Ranks & ranks, StemSimulationSource & source)
  {
    const auto request = GetSimulationRequest(context);
    const auto wisdom = GetFourierWisdomFile();
    LoadFourierWisdom(wisdom);
    const int threads =
      context.IsGiven("threads") ? context.GetThreads() : std::max(1, context.GetThreads() / ranks.GetCountHere());
    source.SetNumberOfWorkUnits(static_cast<unsigned int>(threads));
    source.Initialize(request.structure, request.parameters);
    if (ranks.IsFirst())
    {
      if (!request.cell.empty())
      {
        context.Info(request.cell);
      }
      for (const auto & warning : request.structure.warnings)
      {
        context.Warn(warning);
      }
      SaveFourierWisdom(wisdom);
    }
    return request;
  }

  void
  Simulate(CommandContext & context, const Ranks & ranks, const SimulationRequest & request,
           StemSimulationSource & source)
  {
    const auto & plan = source.GetPlan();
    const std::size_t values = static_cast<std::size_t>(request.parameters.scanX) *
                               static_cast<std::size_t>(request.parameters.scanY) * source.GetNumberOfSignals();
    SimulationSums sums(GetFingerprint(request, plan), values);
    if (ranks.IsFirst())
    {
      this->Resume(context, sums);
      this->Announce(context, request, plan, sums.GetConfigurations(), ranks.GetCount());
    }
    const int begin = std::min(ranks.FromFirst(sums.GetConfigurations()), plan.configurations);
    context.Observe(&source);
    for (int next = begin; next < plan.configurations;)
    {
      // A configuration for each process while there are enough, then all of them share one.
      const int together = plan.configurations - next >= ranks.GetCount() ? ranks.GetCount() : 1;
      const double count = plan.configurations - begin;
      context.BeginStage("Configuration " + std::to_string(next + 1) + " of " + std::to_string(plan.configurations),
                         (next - begin) / count, (next + together - begin) / count);
      auto signals =
        this->Compute(context, ranks, request, source, together > 1 ? next + ranks.GetRank() : next, together > 1);
      if (together == 1)
      {
        ranks.SumToFirst(signals);
      }
      for (int from = 0; from < together; ++from)
      {
        ranks.CopyToFirst(from, signals);
        if (ranks.IsFirst())
        {
          BlurScan(signals, request.parameters.scanX, request.parameters.scanY,
                   static_cast<int>(source.GetNumberOfSignals()), request.blur);
          sums.Add(signals);
        }
      }
      if (ranks.IsFirst())
      {
        this->Write(context, request, plan, sums);
      }
      next += together;
    }
    if (ranks.IsFirst())
    {
      if (begin == plan.configurations)
      {
        this->Write(context, request, plan, sums);
      }
      context.Info(std::to_string(sums.GetConfigurations()) + " configuration" +
                   (sums.GetConfigurations() == 1 ? "" : "s") + " of " + std::to_string(plan.waves) +
                   " probes; results in " + context.GetPath("output").string());
    }
  }

  /** The signals of one configuration: all, or this process's share and 0 elsewhere. */
  static std::vector<double>
  Compute(CommandContext & context, const Ranks & ranks, const SimulationRequest & request,
          StemSimulationSource & source, int configuration, bool all)
  {
    const auto waves = source.GetPlan().waves;
    const auto rank = static_cast<std::size_t>(ranks.GetRank());
    const auto count = static_cast<std::size_t>(ranks.GetCount());
    source.SetWaveRange(all ? 0 : waves * rank / count, all ? waves : waves * (rank + 1) / count);
    source.SetConfiguration(configuration);
    source.Modified();
    source.Update();
    context.CheckCancelled();
    const auto * signals = source.GetOutput()->GetBufferPointer();
    return {signals, signals + static_cast<std::size_t>(request.parameters.scanX) *
                                 static_cast<std::size_t>(request.parameters.scanY) * source.GetNumberOfSignals()};
  }

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
  Announce(CommandContext & context, const SimulationRequest & request, const SimulationPlan & plan, int done,
           int processes)
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
    if (processes > 1)
    {
      text << ", " << processes << " processes";
    }
    text << "; about " << std::ceil(plan.memoryBytes / 1e6) << " MB" << (processes > 1 ? " each" : "") << " and "
         << DescribeTime(share * plan.seconds / processes);
    context.Info(text.str());
    const auto & p = request.parameters;
    if (p.motion == ThermalMotion::Damped)
    {
      context.Warn("motion: damped counts elastic scattering alone; a high-angle detector sees too little, use "
                   "frozen-phonon, qep or absorptive for numbers");
    }
    if (p.motion == ThermalMotion::Absorptive)
    {
      context.Warn(
        "motion: absorptive takes it that thermal motion scatters an electron once: at high angles columns come "
        "out 10 to 35 % too bright; frozen-phonon and qep have no such fault");
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
