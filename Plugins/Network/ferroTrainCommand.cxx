#include "ferroNetworkCommands.h"

#include "ferroArrayFile.h"
#include "ferroErrors.h"
#include "ferroLineChart.h"
#include "ferroOutputFolder.h"
#include "ferroRegressionDataSet.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>

namespace ferro
{
namespace
{
std::string
Format(const char * format, double value)
{
  char text[64];
  std::snprintf(text, sizeof(text), format, value);
  return std::isfinite(value) ? text : "";
}

std::filesystem::path
Beside(const std::filesystem::path & model, const std::string & ending)
{
  std::filesystem::path path = model;
  path.replace_extension();
  path += ending;
  return path;
}

void
WriteCurve(const std::vector<TrainingPoint> & history, const std::string & unit, const std::filesystem::path & file)
{
  std::ofstream stream(file, std::ios::binary);
  stream << "step,learning_rate,train_loss,validation_loss,validation_rmse_" << unit << "\n";
  for (const auto & point : history)
  {
    stream << point.step << ',' << Format("%.6g", point.learningRate) << ',' << Format("%.6g", point.trainLoss) << ','
           << Format("%.6g", point.validationLoss) << ',' << Format("%.4f", point.validationRmse) << '\n';
  }
  stream.close();
  if (!stream)
  {
    throw OutputError(file.string() + ": the learning curve cannot be written");
  }
}

void
DrawCurve(const std::vector<TrainingPoint> & history, const std::filesystem::path & file)
{
  LineChart chart;
  chart.title = "Learning curve";
  chart.labelX = "step";
  chart.labelY = "loss (squared standard deviations)";
  chart.lines = {{"training", {}, false}, {"validation", {}, true}};
  bool likelihood = false;
  for (const auto & point : history)
  {
    chart.lines[0].points.emplace_back(point.step, point.trainLoss);
    chart.lines[1].points.emplace_back(point.step, point.validationLoss);
    likelihood = likelihood || point.trainLoss <= 0.0 || point.validationLoss <= 0.0;
  }
  if (likelihood) // of networks that predict variances: may be below zero
  {
    chart.labelY = "loss (- logarithm of the likelihood)";
  }
  chart.logarithmicY = !likelihood;
  WriteLineChart(chart, file);
}

/** Says where the training stands after each validation. */
class Reporter
{
public:
  Reporter(CommandContext & context, const NetworkTrainer & trainer)
    : m_Context(context), m_Trainer(trainer), m_Start(std::chrono::steady_clock::now())
  {
  }

  void
  operator()(const TrainingPoint & point)
  {
    const auto steps = static_cast<double>(m_Trainer.GetSteps());
    m_Context.SetProgress(static_cast<double>(point.step) / steps);
    m_First = m_First > 0 ? m_First : point.step;
    if (m_Trainer.GetHistory().size() == m_Told)
    {
      return;
    }
    m_Told = m_Trainer.GetHistory().size();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - m_Start;
    const double done = static_cast<double>(point.step - m_First + 1);
    const double left = elapsed.count() / done * (steps - static_cast<double>(point.step));
    const auto & last = m_Trainer.GetHistory().back();
    std::string text = "step " + std::to_string(point.step) + " of " + std::to_string(m_Trainer.GetSteps()) +
                       ", loss " + Format("%.4f", last.trainLoss);
    if (std::isfinite(last.validationLoss))
    {
      text += ", validation " + Format("%.4f", last.validationLoss);
      if (std::isfinite(last.validationRmse))
      {
        text += " (RMSE " + Format("%.2f", last.validationRmse) + ' ' + m_Trainer.GetErrorUnit() + ')';
      }
    }
    m_Context.Info(text + ", " + Format("%.0f", left) + " s left");
  }

private:
  CommandContext & m_Context;
  const NetworkTrainer & m_Trainer;
  std::chrono::steady_clock::time_point m_Start;
  long m_First = 0;
  std::size_t m_Told = 0;
};

/** The window that the windows of a data set have; 0 where it has none. */
long
WindowOf(const std::filesystem::path & file)
{
  const ArrayFileReader reader(file);
  if (!reader.Has("windows/pixels"))
  {
    return 0;
  }
  const auto shape = reader.GetShape("windows/pixels");
  return shape.size() == 3 ? shape[1] : 0;
}

bool
AreWindowsCentered(const std::filesystem::path & file)
{
  const auto json = nlohmann::json::parse(ArrayFileReader(file).GetDescription(), nullptr, false);
  return json.is_object() && json.contains("windows") && json["windows"].is_object() &&
         json["windows"].value("sampling", std::string("NC")) == "C";
}
} // namespace

void
TrainCommand::Run(CommandContext & context)
{
  NetworkArchitecture architecture = GetArchitecture(context);
  TrainingOptions options = GetTrainingOptions(context, architecture);
  options.Check();
  SetTorchThreads(options.threads);
  const std::filesystem::path file = context.GetPath("data");
  const std::filesystem::path output = context.GetPath("output");
  const auto checkpoint = std::filesystem::path(output.string() + ".checkpoint");
  context.AddInput(file);
  if (!options.start.empty())
  {
    context.AddInput(options.start);
  }
  context.BeginStage("Reading", 0.0, 0.05);
  RegressionDataSet data = RegressionDataSet::Load(file);
  if (options.steps == 0) // the weights stay, and with them the units that they work in
  {
    const ModelDescription start = NetworkModel::Load(options.start)->GetDescription();
    if (start.targets.size() != data.description.targets.size())
    {
      throw InputError(options.start.string() + ": has other targets than the data set");
    }
    data.description.targetMean = start.targetMean;
    data.description.targetDeviation = start.targetDeviation;
  }
  bool centered = context.GetText("sampling") == "C";
  if (!options.crops)
  {
    const long window = WindowOf(file);
    if (window == 0)
    {
      throw InputError(file.string() + ": holds no windows, which this network is trained on: 'extract' cuts them with "
                                       "--windows C or --windows NC");
    }
    if (context.GetInteger("windowPx") == 0)
    {
      architecture.windowPx = window;
      architecture.Check();
    }
    centered = AreWindowsCentered(file);
  }
  options.checkpoint = checkpoint;
  std::vector<std::unique_ptr<OutputFile>> files;
  if (options.rank == 0)
  {
    for (const auto & path : {output, Beside(output, "_curve.csv"), Beside(output, "_curve.png")})
    {
      files.push_back(std::make_unique<OutputFile>(path));
    }
  }
  NetworkTrainer trainer(data, architecture, centered, options, file);
  context.BeginStage("Training", 0.05, 0.97);
  const auto start = std::chrono::steady_clock::now();
  Reporter reporter(context, trainer);
  const auto model = trainer.Run([&reporter](const TrainingPoint & point) { reporter(point); });
  if (options.rank > 0)
  {
    return; // process 0 has the same network and writes it
  }
  context.BeginStage("Writing the network", 0.97, 1.0);
  ModelDescription description = model->GetDescription();
  const auto & history = trainer.GetHistory();
  const nlohmann::json provenance = context.GetProvenance();
  for (const char * key : {"program", "version", "macro", "inputs"})
  {
    if (provenance.contains(key))
    {
      description.provenance[key] = provenance[key];
    }
  }
  description.provenance["libtorch"] = GetTorchVersion();
  description.provenance["training"] = options.ToJson();
  description.provenance["best_step"] = trainer.GetBestStep();
  description.provenance["steps_done"] = history.empty() ? 0 : history.back().step;
  model->SetDescription(description);
  model->Save(files[0]->Path());
  WriteCurve(history, trainer.GetErrorUnit(), files[1]->Path());
  if (context.GetMakeFigures())
  {
    DrawCurve(history, files[2]->Path());
  }
  context.CheckCancelled();
  files[0]->Commit();
  files[1]->Commit();
  if (context.GetMakeFigures())
  {
    files[2]->Commit();
  }
  std::error_code ignored;
  std::filesystem::remove(checkpoint, ignored);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  double best = std::numeric_limits<double>::quiet_NaN();
  for (const auto & point : history)
  {
    best = point.step == trainer.GetBestStep() ? point.validationRmse : best;
  }
  std::string text = "network of step " + std::to_string(trainer.GetBestStep());
  if (std::isfinite(best))
  {
    text += ", validation RMSE " + Format("%.2f", best) + ' ' + trainer.GetErrorUnit();
  }
  context.Info(text + ", trained in " + Format("%.0f", elapsed.count()) + " s; written to " + output.string());
}
} // namespace ferro
