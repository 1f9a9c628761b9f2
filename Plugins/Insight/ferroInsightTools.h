#ifndef ferroInsightTools_h
#define ferroInsightTools_h

#include "ferroCommand.h"
#include "ferroCommandContext.h"
#include "ferroFilterGrid.h"
#include "ferroModelFrame.h"
#include "ferroNetworkInsight.h"

#include <Eigen/Core>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace ferro
{
/** Parameters of both commands: model, output, layer, filters, device. */
void DeclareModel(CommandDeclaration & declaration, const std::string & layerHelp, const std::string & filterHelp);
/** Parameter region. */
void DeclareRegion(CommandDeclaration & declaration);

/** The network, on its device. Throws InputError and UsageError. */
std::shared_ptr<NetworkModel> LoadModel(CommandContext & context);
/** Layers of --layer; nothing given means those of the fallback. Throws UsageError. */
std::vector<LayerGeometry> GetLayerChoice(const CommandContext & context, const ModelDescription & description,
                                          const std::vector<LayerGeometry> & fallback);
/** Filters of --filters that a layer has; nothing given means the first of them, "all" every one. Throws UsageError. */
std::vector<long> GetFilterChoice(const CommandContext & context, const LayerGeometry & layer, long most);
/** Name of a filter for people: "filter 3", or the target. */
std::string NameFilter(const ModelDescription & description, const LayerGeometry & layer, long filter);

/** \class ModelImage
 * \brief A part of an image at the scale of a network.
 */
struct ModelImage
{
  std::vector<float> pixels; ///< normalized
  long width = 0;
  long height = 0;
  Eigen::Vector2d origin = Eigen::Vector2d::Zero();    ///< place of the first pixel, nm (px) of the image
  Eigen::Matrix2d steps = Eigen::Matrix2d::Identity(); ///< from one pixel to the next, nm (px)
  std::string unit = "px";                             ///< nm where the image is calibrated
};
/** Reads the image and cuts out --region. Throws InputError, UsageError, AnalysisError. */
ModelImage ReadModelImage(CommandContext & context, const ModelDescription & description);

/** Slices of numbers as NRRD: x, y, filter; directions say where each value lies.
 * \param path file \param values slice by slice \param columns,rows,slices size
 * \param origin,steps of the first value and from one to the next \param unit of both
 * Throws OutputError. */
void WriteStackNrrd(const std::filesystem::path & path, const std::vector<float> & values, long columns, long rows,
                    long slices, const Eigen::Vector2d & origin, const Eigen::Matrix2d & steps,
                    const std::string & unit);

/** Writes text; throws OutputError. */
void WriteText(const std::filesystem::path & path, const std::string & text);
/** A number with seven digits that does not depend on the locale. */
std::string FormatNumber(double value);
} // namespace ferro

#endif
