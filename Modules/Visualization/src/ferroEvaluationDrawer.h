#ifndef ferroEvaluationDrawer_h
#define ferroEvaluationDrawer_h

#include "ferroEvaluationFigures.h"
#include "ferroFigurePage.h"

#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
/** \class EvaluationDrawer
 * \brief Draws the figures of one evaluation and collects what was written.
 */
class EvaluationDrawer
{
public:
  EvaluationDrawer(const EvaluationData & data, std::filesystem::path folder, const FigureOptions & options);

  /** Predicted against measured, full and zoomed, and where the outliers are. */
  void DrawScatter(std::size_t quantity);
  /** Joint distributions of two pairs of quantities, measured and predicted. */
  void DrawJoint();
  /** Maps of the vector: measured, predicted, difference. */
  void DrawVectorMaps();
  /** The same of one number. */
  void DrawScalarMaps(std::size_t quantity);
  /** Histogram of differences over their stated errors. */
  void DrawZScores();

  std::vector<Figure> figures;

private:
  /** Values of a quantity that count in a region (-1: all), as pairs measured, predicted. */
  std::vector<Eigen::Vector2d> Pairs(std::size_t quantity, int region) const;
  /** Index of the quantity of that name, or the number of quantities. */
  std::size_t Find(const std::string & name) const;
  /** Values of two quantities of the cells that count, in one of their lists. */
  std::vector<Eigen::Vector2d> Joint(std::size_t first, std::size_t second,
                                     std::vector<double> EvaluatedQuantity::*list) const;
  std::vector<Eigen::Vector2d> CellOutline(std::size_t cell) const;
  std::string WithUnit(const std::string & text, const std::string & unit) const;
  void DrawPlaces(FigurePage & page, const Box & box, std::size_t quantity) const;
  void Save(const FigurePage & page, const std::string & file, const std::string & title, const std::string & caption);

  const EvaluationData & m_Data;
  std::filesystem::path m_Folder;
  FigureOptions m_Options;
  double m_Unit;
};
} // namespace ferro

#endif
