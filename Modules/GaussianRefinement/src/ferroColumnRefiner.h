#ifndef ferroColumnRefiner_h
#define ferroColumnRefiner_h

#include "ferroAtomColumnSet.h"
#include "ferroGaussianFit.h"
#include "ferroNoiseModel.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace ferro
{
/** \class ColumnRefiner
 * \brief The sweeps of GaussianRefinementFilter: state of the joint fit of all columns of an image.
 */
class ColumnRefiner
{
public:
  using ParallelFor = std::function<void(std::size_t count, const std::function<void(std::size_t)> & body)>;

  ColumnRefiner(const float * pixels, long width, long height, const AtomColumnSet & columns, double windowSigmas,
                ParallelFor parallel);

  /** Fits every column once to the image minus the others as they stand; returns the largest move, pixels.
   * Block coordinate descent on one sum of squares over the image: tiles of one colour are far enough from each
   * other to be worked on at the same time, column by column; the colours follow each other (Gauss-Seidel).
   * \param shapeSpread see ShapePrior::spread */
  double Sweep(double shapeSpread);
  /** Learns weights and the correlation of the noise from the present residuals. */
  void EstimateNoise();
  /** Expects of every column the median shape of those around it that are about as bright. */
  void UpdateExpectedShape();
  /** Takes the slope of the background at each column from the backgrounds of those around it: a slope of its own would
   * cost precision, none would pull every column uphill. */
  void UpdateBackgroundSlopes();
  /** Works out the residuals that remain; to be called once after the last sweep. */
  void MeasureResiduals();
  /** Writes parameters, covariances and flags into the columns. */
  void Store(AtomColumnSet & columns) const;

private:
  struct State
  {
    GaussianParameters parameters;
    GaussianParameters start;
    FitResult fit;
    Eigen::Vector2d slope = Eigen::Vector2d::Zero(); ///< of the background around it, per pixel
    ShapePrior shape;                                ///< what its shape is expected to be
    double radius = 0.0;                             ///< of the fit window, pixels
    PixelBox window;                                 ///< box around the fit window
    std::size_t firstPixel = 0;                      ///< of the window in m_WindowPixels
    long count = 0;                                  ///< pixels of the window that are numbers
    PixelBox reach;                                  ///< where its Gaussian is part of the model
    bool failed = false;
    int failures = 0;     ///< sweeps in a row that failed
    bool settled = false; ///< neither it nor a neighbour moved in the last sweep
  };
  /** What the fit leaves of a pixel. */
  struct Residual
  {
    long x;
    long y;
    float expected; ///< value by the model
    float value;    ///< image minus model, without the shift of its line
    float slope;    ///< change of the model by a shift along x
    float left;     ///< share of the noise's variance that the estimate of the shift leaves in value
  };
  /** Where a Gaussian has fallen below 2e-5 of its height, in standard deviations. */
  static constexpr double GaussianReach = 4.7;
  using BandBody = std::function<void(long top, long bottom, const std::vector<std::uint32_t> & members)>;
  /** Calls body on all threads for each band of rows [top, bottom), with the columns that reach into it. The bands have
   * a fixed height and each has its columns in order: the same bits for any number of threads. */
  void ForBands(const BandBody & body);
  /** Works out m_Model. */
  void Render();
  /** Adds a column's background to the rows [top, bottom) of m_Model. */
  void AddBackground(const State & state, long top, long bottom);
  /** Adds the Gaussian, times factor, to m_Model.
   * \param room for its values */
  void AddToModel(const GaussianParameters & parameters, double factor, const PixelBox & box, GaussianBox & room);
  /** Brings m_Model from the previous parameters of a column to its present ones.
   * \param pixels its window */
  void ChangeModel(State & state, const GaussianParameters & previous, const FitPixels & pixels, GaussianBox & room);
  /** Smallest box around a circle, as far as it lies in the image; height 0 when it lies outside. */
  PixelBox BoxAround(double x, double y, double radius) const;
  /** Fills m_WindowPixels and m_WindowOwn. */
  void CutWindows(const float * pixels);
  /** Per pixel of the image: the nearest column, whose background holds there; -1 outside all windows. */
  std::vector<int> FindOwners();
  /** Sorts the columns into square tiles of four colours, like a chessboard of two by two. */
  void AssignTiles();
  /** Values, weights (1 where weighted is false) and owners of the pixels of a column's window; leaves the column's own
   * Gaussian in pixels.gauss. */
  void CollectPixels(const State & state, bool weighted, FitPixels & pixels) const;
  void FitColumn(State & state, double shapeSpread, FitPixels & pixels);
  bool IsPlausible(const State & state) const;
  void EstimateCorrelation(std::size_t stride);
  /** Residuals of the pixels that belong to a column. In each line of the image the part that a shift of this line
   * would make is taken off: the scan displaces lines, which is no noise of the pixels and has its own place in the
   * errors. */
  void FindResiduals(const State & state, FitPixels & pixels, std::vector<Residual> & residuals) const;
  /** Expected value of the pixels of a row of the window: of the column on its own background. */
  static float Expected(const State & state, float gauss);

  long m_Width;
  long m_Height;
  double m_Scale = 1.0; ///< image units per unit of everything in here: heights are of the order of 1
  double m_Sigma;       ///< expected width of a column, pixels
  double m_Reach = 0.0; ///< half the side of the boxes on which Gaussians are part of the model, pixels
  double m_WindowSigmas;
  ParallelFor m_Parallel;
  std::vector<State> m_States;
  std::vector<std::vector<std::size_t>> m_Neighbors; ///< columns whose Gaussians reach into the window
  std::vector<double> m_NearestDistance;
  /** The pixels of one window after the other, in the units of everything in here; no numbers outside the circle. A
   * fit never sees other pixels, and finds its own side by side in memory. The windows stay where the search began, so
   * that the data do not change while the fit moves. */
  std::vector<float> m_WindowPixels;
  std::vector<std::uint8_t> m_WindowOwn; ///< a bit for each of them: whether the column's own background holds there
  std::vector<float> m_Model;            ///< the image as the columns and their backgrounds have it
  long m_Stride = 0;                     ///< of m_Model: each row is padded, so that a box fits in anywhere
  std::array<std::vector<std::vector<std::uint32_t>>, 4> m_Tiles; ///< per colour: the columns of each tile
  NoiseModel m_Noise;
  bool m_NoiseKnown = false;
  double m_CorrelatedPixels = 1.0; ///< sum of the autocorrelation of the noise
};
} // namespace ferro

#endif
