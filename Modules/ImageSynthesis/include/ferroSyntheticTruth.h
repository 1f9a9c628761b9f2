#ifndef ferroSyntheticTruth_h
#define ferroSyntheticTruth_h

#include "FerroscopeImageSynthesisExport.h"
#include "ferroAtomColumnSet.h"
#include "ferroDomainField.h"
#include "itkDataObject.h"
#include "itkObjectFactory.h"

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

namespace ferro
{
/** \class SyntheticMicrographParameters
 * \brief Everything that determines a synthetic micrograph; the same values give the same bytes.
 *
 * A perovskite along [100]: A columns at origin + X(i) e1 + Y(j) e2, B columns at the mean of four A columns plus the
 * polar displacement. Each column is a Gaussian evaluated at the centres of the pixels, round unless ellipticity or
 * skew are given: those belong to the probe, are the same for all columns, and leave the intensity-weighted centre of
 * each where the column is. Intensities are relative to the height of an A column of the film.
 */
struct SyntheticMicrographParameters
{
  long width = 512;  ///< pixels
  long height = 512; ///< pixels
  double pixelSizeNm = 0.02;
  double rotationDeg = 7.0; ///< of the lattice, counter-clockwise as seen on the screen

  double latticeNm = 0.396; ///< of the film along a and b
  double sigmaANm = 0.045;  ///< standard deviation of A columns before blur
  double sigmaBNm = 0.042;  ///< standard deviation of B columns before blur
  double ratioB = 0.35;     ///< height of B against A in the film, before blur

  DomainPattern domains = DomainPattern::Wall109;
  double displacementPm = 30.0; ///< p: polar displacement per component along a and b, that is sqrt(2) times in all
  double scatterPm = 0.0;       ///< standard deviation per axis of each cell's displacement around that of its domain
  double wallWidthNm = 0.2;     ///< w: f(d) = tanh(2 d / w)
  double foilThicknessNm = 4.0; ///< for Wall71: the projected width of the inclined wall

  double substrateFraction = 0.22;    ///< part of the height at the bottom that is substrate, not polar; 0: none
  double substrateLatticeNm = 0.3905; ///< of the substrate along b; along a it has that of the film
  double substrateHeightA = 0.60;     ///< height of its A columns
  double substrateHeightB = 0.25;     ///< height of its B columns

  double secondPhaseFraction = 0.0;  ///< part of the width at the right whose film is another phase; 0: none
  double secondPhaseRatioB = 0.7;    ///< height of B against A there
  double secondPhaseLatticeNm = 0.0; ///< its lattice parameter along a; 0: that of the film

  double doseCounts = 100.0; ///< counts at the peak of an A column of the film, above the background; 0: no noise
  double sourceSizeNm = 0.0; ///< standard deviation of a Gaussian blur that keeps each column's sum
  double ellipticity = 1.0;  ///< r: longer over shorter deviation, s sqrt(r) over s / sqrt(r), which keeps the sum
  double ellipticityAngleDeg = 0.0; ///< of the longer axis from x, counter-clockwise as seen on the screen
  double skewFraction = 0.0;        ///< f: part of each column's intensity that lies aside, as by coma of the probe
  double skewShiftNm = 0.0;         ///< d: how far that part lies from the other; they are at (1 - f) d and -f d
  double skewAngleDeg = 0.0;        ///< direction of that part, from x, counter-clockwise as seen on the screen
  double backgroundFraction = 0.15; ///< mean background
  double backgroundVariation = 0.3; ///< slow relative variation of the background over the image
  double jitterPx = 0.0;            ///< standard deviation of the shift of each line along x
  double driftXPx = 0.0;            ///< shift along x from the first line to the last, linear in time
  double driftYPx = 0.0;            ///< the same along y
  double shiftXPx = 0.0;            ///< shift of the whole specimen along x, as between the frames of a stack
  double shiftYPx = 0.0;            ///< the same along y
  long vacancies = 0;               ///< columns left out, at random places at least one cell from the border
  std::uint64_t seed = 0;

  /** Checks the values. Throws UsageError. */
  FerroscopeImageSynthesis_EXPORT void Check() const;
  /** Whether columns are round Gaussians. */
  bool
  AreColumnsRound() const
  {
    return ellipticity == 1.0 && (skewFraction == 0.0 || skewShiftNm == 0.0);
  }
  /** Distance from a column, pixels, beyond which nothing of it is drawn. \param sigma of the column, pixels */
  FerroscopeImageSynthesis_EXPORT double GetReach(double sigma) const;
};

/** One column as it truly is. */
struct SyntheticColumn
{
  Sublattice sublattice = Sublattice::A;
  Eigen::Vector2d position = Eigen::Vector2d::Zero();     ///< continuous pixel index in the image, drift included
  Eigen::Vector2d displacement = Eigen::Vector2d::Zero(); ///< of B against the mean of its four A, pixels; 0 for A
  double amplitude = 0.0;                                 ///< height against an A column of the film
  double sigma = 0.0; ///< pixels, blur included; geometric mean of both axes where they differ
  SpecimenRegion region = SpecimenRegion::Film;
  int i = 0;
  int j = 0;
};

/** \class SyntheticTruth
 * \brief What a synthetic micrograph shows: all columns whose Gaussian touches the image, and the vacancies.
 */
class FerroscopeImageSynthesis_EXPORT SyntheticTruth : public itk::DataObject
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(SyntheticTruth);
  using Self = SyntheticTruth;
  using Superclass = itk::DataObject;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(SyntheticTruth, DataObject);

  /** Everything known. */
  struct Values
  {
    SyntheticMicrographParameters parameters;
    std::vector<SyntheticColumn> columns;             ///< A first, then B, each row by row
    std::vector<SyntheticColumn> vacancies;           ///< columns that were left out
    Eigen::Vector2d origin = Eigen::Vector2d::Zero(); ///< of the lattice, pixels, without drift
    Eigen::Vector2d e1 = Eigen::Vector2d::UnitX();    ///< unit vector along a, image axes
    Eigen::Vector2d e2 = Eigen::Vector2d::UnitY();    ///< unit vector along b
    int lastFilmRow = 0;                              ///< largest j of A columns of the film
  };
  const Values &
  Get() const
  {
    return m_Values;
  }
  void
  Set(Values values)
  {
    m_Values = std::move(values);
    this->Modified();
  }
  /** The columns inside the image as a set, amplitude and background in the unit of the image. */
  AtomColumnSet::Pointer MakeColumnSet() const;

  void Graft(const itk::DataObject * other) override;
  void Initialize() override;

protected:
  SyntheticTruth() = default;
  ~SyntheticTruth() override = default;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;

private:
  Values m_Values;
};

/** Lays out the specimen. Throws UsageError for values that make none. */
FerroscopeImageSynthesis_EXPORT SyntheticTruth::Values MakeSyntheticTruth(
  const SyntheticMicrographParameters & parameters);

/** Background at a place of the image, against the height of an A column of the film. */
FerroscopeImageSynthesis_EXPORT double SyntheticBackground(const SyntheticMicrographParameters & parameters, double x,
                                                           double y);
} // namespace ferro

#endif
