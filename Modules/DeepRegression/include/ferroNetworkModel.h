#ifndef ferroNetworkModel_h
#define ferroNetworkModel_h

#include "FerroscopeDeepRegressionExport.h"
#include "ferroNetworkArchitecture.h"
#include "ferroRegressionTarget.h"

#include <nlohmann/json.hpp>

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace ferro
{
/** How an image is brought to the scale that a network was trained at. */
enum class ModelScale
{
  PixelSize, ///< resampled to pixels of a fixed size in nm
  Lattice,   ///< turned and resampled so that its lattice has cells of a fixed number of pixels, along the axes
  Pixels     ///< taken as it is
};

/** What the logarithm of a variance depends on linearly: 1, v, ln n, ln m, (ln m)^2, v ln m. */
using VarianceTerms = std::array<double, 6>;

/** Calibration of the variances that a network predicts. */
struct VarianceFit
{
  VarianceTerms logarithm{}; ///< coefficients
  double bend = 0.0;         ///< part of the square of second differences of the predicted field
};

/** \class ModelDescription
 * \brief Everything about a trained network but its weights. Lengths are in pixels of the model.
 */
struct FerroscopeDeepRegression_EXPORT ModelDescription
{
  NetworkArchitecture architecture;
  std::vector<RegressionTarget> targets;
  std::vector<double> targetMean;      ///< added to what the network puts out, one for each target
  std::vector<double> targetDeviation; ///< what the network puts out is multiplied with it first
  std::vector<double> sigma;           ///< standard error on held-out data; empty where it was not measured
  /** Calibration of the variances that the network predicts (GetVariance), one for each target; empty where it was not
   * measured. */
  std::vector<VarianceFit> varianceFit;
  /** Least and largest magnification that the calibration was measured at; empty: not known. */
  std::vector<double> varianceScales;
  ModelScale scale = ModelScale::Pixels;
  double pixelSizeNm = 0.0; ///< for ModelScale::PixelSize
  double cellPx = 0.0;      ///< edge of the cell; needed for ModelScale::Lattice, else 0 where not known
  bool centered = false;    ///< trained on windows around columns (C) instead of any place (NC)
  nlohmann::json provenance = nlohmann::json::object(); ///< how it was trained

  /** What the logarithm of a variance depends on.
   * \param logarithm v, which the network predicts
   * \param noise n, variance of the pixels' noise around the place (MeasureNoise), at least 1e-6
   * \param magnification m, pixels of the image along a pixel of the model, brought into varianceScales */
  VarianceTerms GetVarianceTerms(double logarithm, double noise, double magnification) const;
  /** Variance of a target, squared pixels of the model: targetDeviation^2 exp(c . terms) + b bend with c and b from
   * varianceFit. \param target number of the target \param terms of GetVarianceTerms \param bend sum over both axes of
   * the squares of second differences of the predicted field over one cell, squared pixels of the model */
  double GetVariance(std::size_t target, const VarianceTerms & terms, double bend = 0.0) const;
  /** Whether GetVariance needs the bend. */
  bool NeedsBend() const;
  /** Throws UsageError where parts do not fit together. */
  void Check() const;
  nlohmann::json ToJson() const;
  /** Throws InputError. */
  static ModelDescription FromJson(const nlohmann::json & json);
};

/** \class RegressionPlane
 * \brief What a network says about an image: values at the nodes of a grid.
 *
 * Node (column, row) belongs to the window whose first pixel is (column * stride, row * stride); its centre lies at
 * that place + (window - 1) / 2.
 */
struct RegressionPlane
{
  long columns = 0;
  long rows = 0;
  long stride = 1;
  long outputs = 0;          ///< of a node: targets, then logarithms of their variances where the network predicts them
  std::vector<float> values; ///< outputs of node 0, of node 1, ...: row by row; pixels of the model
  std::vector<float> featureNovelty;  ///< one for each node; empty where not asked for or not known
  std::vector<float> spectrumNovelty; ///< the same
  std::vector<float> reference;       ///< features of the image that featureNovelty looks at, too; empty: none
};

/** \class NetworkModel
 * \brief A network with its weights, from a file or to be trained; evaluates windows and whole images.
 *
 * Whole images run in kernels of this module where they can; what cannot, and all else, loads LibTorch at its first
 * use. Pixels are expected normalized: (value - mean of the image) / standard deviation of the image. Evaluation is
 * const, but not meant to be called from several threads at once: LibTorch uses threads of its own (SetTorchThreads).
 */
class FerroscopeDeepRegression_EXPORT NetworkModel
{
public:
  /** An untrained network with random weights from the seed. */
  NetworkModel(const ModelDescription & description, unsigned long seed);
  ~NetworkModel();
  NetworkModel(const NetworkModel &) = delete;
  NetworkModel & operator=(const NetworkModel &) = delete;

  /** Reads a model that Save wrote, or a TorchScript file that carries the description (Documentation/FileFormats.md).
   * Throws InputError: which file, what is wrong with it. */
  static std::shared_ptr<NetworkModel> Load(const std::filesystem::path & file);
  /** Writes one file with everything; throws OutputError. Not atomic: write beside the final place and rename. */
  void Save(const std::filesystem::path & file) const;

  const ModelDescription & GetDescription() const;
  void SetDescription(const ModelDescription & description);
  /** Moves the network to "cpu", "cuda" or "cuda:1". Throws UsageError when there is no such device. */
  void SetDevice(const std::string & device);

  /** Whether one pass over an image gives exactly what its windows one by one give. */
  bool IsDense() const;
  /** Pixels between nodes that one pass gives. */
  long GetStride() const;
  /** Whether the file holds what is needed to say how unusual a place is. */
  bool HasNovelty() const;

  /** Whether it holds how much places differ from the rest of their image. */
  bool HasWithinNovelty() const;
  /** Features that novelty looks at. \param pixels count windows, row by row \param count their number
   * \return those of window 0, of window 1, ...; empty without HasWithinNovelty() */
  std::vector<float> DescribeWindows(const std::vector<float> & pixels, long count) const;

  /** Evaluates windows one by one. \param pixels count windows, row by row \param count their number
   * \return targets of window 0, of window 1, ...; pixels of the model */
  std::vector<float> EvaluateWindows(const std::vector<float> & pixels, long count) const;
  /** Evaluates a whole image in tiles; exact, and the same for every tile size up to rounding.
   * \param pixels row by row \param width,height at least the window
   * \param stride a multiple or a divisor of GetStride(); 0: that
   * \param novelty whether to compute novelty too \param tilePx edge of the tiles
   * \param reference features of the image as a whole, for the novelty within it (DescribeWindows); may be empty
   * Networks that are not dense are evaluated window by window. Throws UsageError for other strides. */
  RegressionPlane EvaluatePlane(const float * pixels, long width, long height, long stride = 0, bool novelty = false,
                                long tilePx = 1024, const std::vector<float> & reference = {}) const;

  /** For this module only. */
  struct Implementation;
  Implementation & Get();

private:
  explicit NetworkModel(std::unique_ptr<Implementation> implementation);

  std::unique_ptr<Implementation> m_Implementation;
};

/** Sets the threads of networks, in LibTorch (when it is loaded) and without; call it once, before any other use. What
 * LibTorch computes depends on it in the last digits. */
FerroscopeDeepRegression_EXPORT void SetTorchThreads(int threads);
/** Version of LibTorch, for provenance; loads it. Throws InputError when that fails. */
FerroscopeDeepRegression_EXPORT std::string GetTorchVersion();
} // namespace ferro

#endif
