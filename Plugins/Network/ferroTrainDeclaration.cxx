#include "ferroNetworkCommands.h"

#include "ferroErrors.h"

namespace ferro
{
namespace
{
void
DeclareNetwork(CommandDeclaration & declaration)
{
  declaration.Add(ParameterType::Choice, "network")
    .Label("Network")
    .Help("standard, lite (smaller and faster), or paper (the published one, which runs on single windows only).")
    .Choices(NetworkArchitecture::GetPresets())
    .Default("standard");
  declaration.Add(ParameterType::Text, "blocks")
    .Label("Layers")
    .Help("Instead of the preset's: layers x channels of each block, p for max pooling behind it: 5x32,2x64p,2x128.")
    .Advanced();
  declaration.Add(ParameterType::Integer, "windowPx")
    .Label("Window")
    .Help("Edge of what the network looks at; 0: that of the preset, or of the windows of the data set.")
    .Unit("px")
    .Default(0)
    .Range(0, 1024);
  declaration.Add(ParameterType::Integer, "inputPooling")
    .Label("Input pooling")
    .Help("Edge of the average pooling in front; 0: that of the preset.")
    .Unit("px")
    .Default(0)
    .Range(0, 16)
    .Advanced();
  declaration.Add(ParameterType::Integer, "kernel")
    .Label("Kernel")
    .Help("Edge of the convolutions.")
    .Default(3)
    .Range(1, 15)
    .Advanced();
  declaration.Add(ParameterType::Choice, "padding")
    .Label("Padding")
    .Help("Valid: the network runs over whole images, exactly. Same: zeros around each layer, single windows only.")
    .Choices({"preset", "valid", "same"})
    .Default("preset")
    .Advanced();
  declaration.Add(ParameterType::Number, "dropout")
    .Label("Dropout")
    .Help("Share of the values that are dropped before the last layer while training; -1: that of the preset.")
    .Default(-1.0)
    .Range(-1.0, 0.95)
    .Advanced();
  declaration.Add(ParameterType::Boolean, "predictVariance")
    .Label("Errors of each place")
    .Help("Learn how large the error is at each place, instead of one standard error for all: for images of many "
          "kinds. Examples then count by their accuracy.");
}

void
DeclareOptimization(CommandDeclaration & declaration)
{
  declaration.Add(ParameterType::Choice, "mode")
    .Label("Training mode")
    .Help(
      "crops: fully convolutional on crops of the images; windows: on the windows of the data set; auto: crops where "
      "the network can.")
    .Choices({"auto", "crops", "windows"})
    .Default("auto");
  declaration.Add(ParameterType::Choice, "sampling")
    .Label("Sampling")
    .Help("On crops: targets at every place (NC), or at the cells alone (C).")
    .Choices({"NC", "C"})
    .Default("NC");
  declaration.Add(ParameterType::Integer, "steps")
    .Label("Steps")
    .Help("Steps of the optimizer; 0: only the standard errors and the novelty of --start are measured anew.")
    .Default(300)
    .Range(0, 100000000);
  declaration.Add(ParameterType::Integer, "cropPx")
    .Label("Edge of the crops")
    .Help("In pixels of the network.")
    .Unit("px")
    .Default(144)
    .Range(8, 4096);
  declaration.Add(ParameterType::Integer, "batch")
    .Label("Batch")
    .Help("Crops or windows per step; 0: 2 crops, 32 windows.")
    .Default(0)
    .Range(0, 1023);
  declaration.Add(ParameterType::Choice, "loss")
    .Label("Loss")
    .Help("Mean square error, or Huber's, which gives outliers less weight.")
    .Choices({"mse", "huber"})
    .Default("mse");
  declaration.Add(ParameterType::Choice, "optimizer")
    .Label("Optimizer")
    .Help("Adam, or AdamW with decoupled weight decay.")
    .Choices({"adam", "adamw"})
    .Default("adam");
  declaration.Add(ParameterType::Number, "learningRate")
    .Label("Learning rate")
    .Help("The largest one.")
    .Default(0.001)
    .Range(1e-9, 1.0);
  declaration.Add(ParameterType::Number, "weightDecay")
    .Label("Weight decay")
    .Help("Pull towards small weights.")
    .Default(0.0)
    .Range(0.0, 1.0)
    .Advanced();
  declaration.Add(ParameterType::Choice, "schedule")
    .Label("Schedule")
    .Help("How the learning rate runs: up and down once, or constant.")
    .Choices({"one-cycle", "constant"})
    .Default("one-cycle")
    .Advanced();
  declaration.Add(ParameterType::Number, "freezeAt")
    .Label("Freeze normalization at")
    .Help(
      "Share of the steps after which batch normalization keeps its statistics; later than 0.4 a crop with a single "
      "domain may lose its polarization.")
    .Default(0.6)
    .Range(0.0, 1.0)
    .Advanced();
  declaration.Add(ParameterType::Number, "validation")
    .Label("Validation part")
    .Help("Share of the training part, at its right, that is kept back to choose the best network; 0: none.")
    .Default(0.15)
    .Range(0.0, 0.5);
  declaration.Add(ParameterType::Integer, "validationImages")
    .Label("Images for validation")
    .Help("Instead of a part of every image, so many whole images at the end of the data set are kept back. 0: none.")
    .Default(0)
    .Range(0, 1000000)
    .Advanced();
  declaration.Add(ParameterType::Integer, "validateEvery")
    .Label("Steps between validations")
    .Help("A checkpoint is written with each.")
    .Default(25)
    .Range(1, 1000000)
    .Advanced();
  declaration.Add(ParameterType::Integer, "patience")
    .Label("Patience")
    .Help("Validations without a better one after which training stops; 0: never.")
    .Default(0)
    .Range(0, 1000000)
    .Advanced();
}

void
DeclareAugmentation(CommandDeclaration & declaration)
{
  declaration.Add(ParameterType::Boolean, "noSymmetries")
    .Label("No symmetries")
    .Help("Do not turn and mirror the images (with their targets) while training.")
    .Advanced();
  const struct
  {
    const char * name;
    const char * label;
    const char * help;
    const char * unit;
    double value;
    double maximum;
  } ranges[] = {
    {"augmentGain", "Gain", "Contrast is changed by up to this share.", "", 0.05, 1.0},
    {"augmentOffset", "Offset", "Brightness is changed by up to this, standard deviations of the image.", "", 0.3,
     10.0},
    {"augmentNoise", "Noise", "Largest standard deviation of added noise, standard deviations of the image.", "", 0.0,
     10.0},
    {"augmentBlurPx", "Blur", "Largest standard deviation of a blur.", "px", 0.0, 10.0},
    {"augmentJitterPx", "Scan jitter", "Largest standard deviation of the shift of each line.", "px", 0.0, 5.0},
    {"augmentScale", "Scale", "Lengths are changed by up to this share.", "", 0.0, 0.3}};
  for (const auto & range : ranges)
  {
    declaration.Add(ParameterType::Number, range.name)
      .Label(range.label)
      .Help(range.help)
      .Unit(range.unit)
      .Default(range.value)
      .Range(0.0, range.maximum)
      .Advanced();
  }
}
} // namespace

CommandDeclaration
TrainCommand::Declare() const
{
  CommandDeclaration declaration;
  declaration.name = "train";
  declaration.menu = "Network/Train";
  declaration.title = "Train a network";
  declaration.help =
    "Trains a network on a data set of 'extract' to predict displacements and other targets from an image "
    "without finding atoms. Writes one file with everything that 'predict' needs, and the learning curve "
    "beside it.";
  declaration.examples = {"ferroscope train film.h5 --output film.safetensors",
                          "ferroscope train film.h5 --network lite --steps 600 --seed 3 --output film.safetensors",
                          "ferroscope train film.h5 --output film.safetensors --resume"};
  declaration.references = {
    "Nelson, Ghosh, Oxley, Zhang, Ziatdinov, Takeuchi, Kalinin, npj Comput. Mater. 7, 149 (2021)"};
  declaration.Add(ParameterType::File, "data")
    .Label("Data set")
    .Help("File that 'extract' wrote.")
    .Extensions({".h5", ".hdf5"})
    .Required()
    .Positional();
  declaration.Add(ParameterType::Model, "output")
    .Label("Network")
    .Help("File to write; the learning curve goes beside it.")
    .Extensions({".safetensors"})
    .Required()
    .Output();
  DeclareNetwork(declaration);
  DeclareOptimization(declaration);
  DeclareAugmentation(declaration);
  declaration.Add(ParameterType::Model, "start")
    .Label("Start from")
    .Help("Network of the same shape and targets whose weights are taken to begin with, instead of random ones.")
    .Extensions({".safetensors"})
    .Advanced();
  declaration.Add(ParameterType::Boolean, "resume")
    .Label("Resume")
    .Help("Go on with a training that was interrupted; gives the same network as if it had not been. The state lies in "
          "OUTPUT.checkpoint until the training is done.");
  declaration.Add(ParameterType::Text, "device").Label("Device").Help("cpu, cuda or cuda:n.").Default("cpu").Advanced();
  declaration.Add(ParameterType::Integer, "threads")
    .Label("Threads")
    .Help("Threads of LibTorch. The last digits of a network depend on it, so that it belongs to what is needed to "
          "repeat a "
          "training; 0 means one for each processor.")
    .Default(1)
    .Range(0, 1024)
    .Advanced();
  declaration.Add(ParameterType::Integer, "worldSize")
    .Label("Processes")
    .Help("Number of processes, on one or several machines, that train together; each is started with its own --rank.")
    .Default(1)
    .Range(1, 1023)
    .Advanced();
  declaration.Add(ParameterType::Integer, "rank")
    .Label("Rank")
    .Help("Which of the processes this is; process 0 writes the results.")
    .Default(0)
    .Range(0, 1022)
    .Advanced();
  declaration.Add(ParameterType::Text, "master")
    .Label("Master")
    .Help("host:port of process 0.")
    .Default("localhost:29500")
    .Advanced();
  return declaration;
}

NetworkArchitecture
GetArchitecture(const CommandContext & context)
{
  NetworkArchitecture architecture = NetworkArchitecture::FromPreset(context.GetText("network"));
  if (context.Has("blocks") && !context.GetText("blocks").empty())
  {
    architecture.blocks = NetworkArchitecture::ParseBlocks(context.GetText("blocks"));
  }
  if (context.GetInteger("windowPx") > 0)
  {
    architecture.windowPx = context.GetInteger("windowPx");
  }
  if (context.GetInteger("inputPooling") > 0)
  {
    architecture.inputPooling = context.GetInteger("inputPooling");
  }
  architecture.kernel = context.GetInteger("kernel");
  if (context.GetText("padding") != "preset")
  {
    architecture.samePadding = context.GetText("padding") == "same";
  }
  if (context.GetNumber("dropout") >= 0.0)
  {
    architecture.dropout = context.GetNumber("dropout");
  }
  architecture.predictsVariance = context.GetBoolean("predictVariance");
  architecture.Check();
  return architecture;
}

TrainingOptions
GetTrainingOptions(const CommandContext & context, const NetworkArchitecture & architecture)
{
  TrainingOptions options;
  const std::string mode = context.GetText("mode");
  options.crops = mode == "crops" || (mode == "auto" && !architecture.samePadding);
  options.steps = context.GetInteger("steps");
  options.cropPx = context.GetInteger("cropPx");
  options.batch = context.GetInteger("batch") > 0 ? context.GetInteger("batch") : options.crops ? 2 : 32;
  options.huber = context.GetText("loss") == "huber";
  options.decoupledDecay = context.GetText("optimizer") == "adamw";
  options.weightDecay = context.GetNumber("weightDecay");
  options.learningRate = context.GetNumber("learningRate") > 0.0 ? context.GetNumber("learningRate")
                         : options.crops                         ? 2e-3
                                                                 : 1e-3;
  options.oneCycle = context.GetText("schedule") == "one-cycle";
  options.freezeAt = context.GetNumber("freezeAt");
  options.validation = context.GetNumber("validation");
  options.validationImages = context.GetInteger("validationImages");
  options.validateEvery = context.GetInteger("validateEvery");
  options.patience = context.GetInteger("patience");
  auto & augmentation = options.augmentation;
  augmentation.symmetries = !context.GetBoolean("noSymmetries");
  augmentation.gain = context.GetNumber("augmentGain");
  augmentation.offset = context.GetNumber("augmentOffset");
  augmentation.noise = context.GetNumber("augmentNoise");
  augmentation.blurPx = context.GetNumber("augmentBlurPx");
  augmentation.jitterPx = context.GetNumber("augmentJitterPx");
  augmentation.scale = context.GetNumber("augmentScale");
  options.seed = context.GetSeed();
  options.threads = context.GetThreads();
  options.device = context.GetText("device");
  options.start = context.Has("start") ? context.GetText("start") : std::string();
  options.resume = context.GetBoolean("resume");
  options.worldSize = context.GetInteger("worldSize");
  options.rank = context.GetInteger("rank");
  options.master = context.GetText("master");
  return options;
}
} // namespace ferro
