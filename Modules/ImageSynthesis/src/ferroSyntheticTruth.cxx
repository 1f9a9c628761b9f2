#include "ferroSyntheticTruth.h"

#include "ferroErrors.h"
#include "ferroRandomNumbers.h"

#include <Eigen/LU>

#include <algorithm>
#include <climits>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double Pi = 3.141592653589793238463;
constexpr double Reach = 6.0; // in standard deviations
// Streams of random numbers beyond those of the image lines.
constexpr std::uint64_t VacancyStream = std::uint64_t{1} << 40;
constexpr std::uint64_t ScatterStream = VacancyStream + 1;

DomainField
MakeField(const SyntheticTruth::Values & truth)
{
  const auto & p = truth.parameters;
  DomainField field;
  field.pattern = p.domains;
  field.displacement = 1e-3 * p.displacementPm / p.pixelSizeNm;
  field.wallWidth = p.wallWidthNm / p.pixelSizeNm;
  field.foilThickness = p.foilThicknessNm / p.pixelSizeNm;
  field.extent = static_cast<double>(p.width);
  field.wallPlace = truth.origin;
  field.middle = {0.5 * static_cast<double>(p.width - 1), 0.5 * static_cast<double>(p.height - 1)};
  field.e1 = truth.e1;
  field.e2 = truth.e2;
  return field;
}

// Position of row n of a stack whose spacing changes behind the row "last".
double
Stack(int n, int last, double before, double behind)
{
  return n <= last ? n * before : last * before + (n - last) * behind;
}

// Largest row not beyond the place; far away when there is no other part.
int
LastRow(double place, double spacing, double fraction)
{
  return fraction > 0.0 ? static_cast<int>(std::floor(place / spacing)) : INT_MAX;
}

bool
TouchesImage(const SyntheticColumn & column, const SyntheticMicrographParameters & p)
{
  const double reachY = p.GetReach(column.sigma);
  const double reach = reachY + 6.0 * p.jitterPx;
  return column.position.x() > -reach && column.position.x() < static_cast<double>(p.width - 1) + reach &&
         column.position.y() > -reachY && column.position.y() < static_cast<double>(p.height - 1) + reachY;
}

// Takes columns out of the list, at least one cell from the border.
void
MakeVacancies(SyntheticTruth::Values & truth)
{
  const auto & p = truth.parameters;
  const double border = p.latticeNm / p.pixelSizeNm;
  std::vector<std::size_t> candidates;
  for (std::size_t n = 0; n < truth.columns.size(); ++n)
  {
    const auto & r = truth.columns[n].position;
    if (r.x() > border && r.y() > border && r.x() < static_cast<double>(p.width - 1) - border &&
        r.y() < static_cast<double>(p.height - 1) - border)
    {
      candidates.push_back(n);
    }
  }
  if (static_cast<std::size_t>(p.vacancies) > candidates.size())
  {
    throw UsageError("vacancies: found " + std::to_string(p.vacancies) + ", expected at most " +
                     std::to_string(candidates.size()) + ", the number of columns away from the border");
  }
  RandomNumbers random(p.seed, VacancyStream);
  std::vector<std::size_t> chosen;
  for (long n = 0; n < p.vacancies; ++n)
  {
    const auto place = static_cast<std::ptrdiff_t>(random.Below(candidates.size()));
    chosen.push_back(candidates[static_cast<std::size_t>(place)]);
    candidates.erase(candidates.begin() + place);
  }
  std::sort(chosen.begin(), chosen.end());
  for (auto n = chosen.rbegin(); n != chosen.rend(); ++n)
  {
    const auto column = truth.columns.begin() + static_cast<std::ptrdiff_t>(*n);
    truth.vacancies.insert(truth.vacancies.begin(), *column);
    truth.columns.erase(column);
  }
}

void
Expect(bool good, const std::string & name, double found, const std::string & expected)
{
  if (!good)
  {
    throw UsageError(name + ": found " + std::to_string(found) + ", expected " + expected);
  }
}
} // namespace

void
SyntheticMicrographParameters::Check() const
{
  Expect(width >= 16 && width <= 65536, "width", static_cast<double>(width), "16 to 65536 pixels");
  Expect(height >= 16 && height <= 65536, "height", static_cast<double>(height), "16 to 65536 pixels");
  Expect(pixelSizeNm > 0.0, "pixelSizeNm", pixelSizeNm, "a positive number");
  const std::string fourPixels = "at least 4 pixels, " + std::to_string(4.0 * pixelSizeNm) + " nm";
  Expect(latticeNm >= 4.0 * pixelSizeNm, "latticeNm", latticeNm, fourPixels);
  Expect(substrateLatticeNm >= 4.0 * pixelSizeNm, "substrateLatticeNm", substrateLatticeNm, fourPixels);
  Expect(secondPhaseLatticeNm == 0.0 || secondPhaseLatticeNm >= 4.0 * pixelSizeNm, "secondPhaseLatticeNm",
         secondPhaseLatticeNm, "0 or " + fourPixels);
  Expect(sigmaANm > 0.0 && sigmaANm < latticeNm, "sigmaANm", sigmaANm, "more than 0 and less than a cell");
  Expect(sigmaBNm > 0.0 && sigmaBNm < latticeNm, "sigmaBNm", sigmaBNm, "more than 0 and less than a cell");
  Expect(sourceSizeNm >= 0.0 && sourceSizeNm < latticeNm, "sourceSizeNm", sourceSizeNm, "0 to less than a cell");
  Expect(std::abs(displacementPm) < 250.0 * latticeNm, "displacementPm", displacementPm,
         "less than a quarter of a cell");
  Expect(std::abs(driftXPx) <= 0.25 * static_cast<double>(width), "driftXPx", driftXPx,
         "at most a quarter of the width");
  Expect(std::abs(driftYPx) <= 0.25 * static_cast<double>(height), "driftYPx", driftYPx,
         "at most a quarter of the height");
  Expect(std::abs(shiftXPx) <= 0.25 * static_cast<double>(width), "shiftXPx", shiftXPx,
         "at most a quarter of the width");
  Expect(std::abs(shiftYPx) <= 0.25 * static_cast<double>(height), "shiftYPx", shiftYPx,
         "at most a quarter of the height");
  Expect(ellipticity >= 1.0 && ellipticity <= 4.0, "ellipticity", ellipticity, "1 to 4");
  Expect(skewFraction >= 0.0 && skewFraction <= 0.5, "skewFraction", skewFraction, "0 to 0.5");
  Expect(skewShiftNm >= 0.0 && skewShiftNm < latticeNm, "skewShiftNm", skewShiftNm, "0 to less than a cell");
  Expect(std::isfinite(ellipticityAngleDeg), "ellipticityAngleDeg", ellipticityAngleDeg, "an angle");
  Expect(std::isfinite(skewAngleDeg), "skewAngleDeg", skewAngleDeg, "an angle");
  Expect(std::abs(backgroundVariation) <= 1.0, "backgroundVariation", backgroundVariation, "-1 to 1");
  for (const auto & [name, value] : {std::pair<const char *, double>{"ratioB", ratioB},
                                     {"scatterPm", scatterPm},
                                     {"wallWidthNm", wallWidthNm},
                                     {"foilThicknessNm", foilThicknessNm},
                                     {"substrateFraction", substrateFraction},
                                     {"substrateHeightA", substrateHeightA},
                                     {"substrateHeightB", substrateHeightB},
                                     {"secondPhaseFraction", secondPhaseFraction},
                                     {"secondPhaseRatioB", secondPhaseRatioB},
                                     {"doseCounts", doseCounts},
                                     {"backgroundFraction", backgroundFraction},
                                     {"jitterPx", jitterPx},
                                     {"vacancies", static_cast<double>(vacancies)}})
  {
    Expect(value >= 0.0 && std::isfinite(value), name, value, "0 or more");
  }
}

double
SyntheticMicrographParameters::GetReach(double sigma) const
{
  return Reach * sigma * std::sqrt(ellipticity) + (skewFraction > 0.0 ? skewShiftNm / pixelSizeNm : 0.0);
}

double
SyntheticBackground(const SyntheticMicrographParameters & p, double x, double y)
{
  const double u = (x - p.shiftXPx) / static_cast<double>(p.width);
  const double v = (y - p.shiftYPx) / static_cast<double>(p.height);
  const double wave = 0.5 * (std::sin(2.0 * Pi * (0.6 * u + 0.1)) + std::cos(2.0 * Pi * (0.45 * v + 0.2)));
  return p.backgroundFraction * (1.0 + p.backgroundVariation * wave);
}

SyntheticTruth::Values
MakeSyntheticTruth(const SyntheticMicrographParameters & parameters)
{
  parameters.Check();
  SyntheticTruth::Values truth;
  truth.parameters = parameters;
  const auto & p = truth.parameters;
  const double width = static_cast<double>(p.width);
  const double height = static_cast<double>(p.height);
  const double angle = p.rotationDeg * Pi / 180.0;
  truth.e1 = {std::cos(angle), -std::sin(angle)}; // y points down
  truth.e2 = {std::sin(angle), std::cos(angle)};
  const double film = p.latticeNm / p.pixelSizeNm;
  const double substrate = p.substrateLatticeNm / p.pixelSizeNm;
  const double second = p.secondPhaseLatticeNm > 0.0 ? p.secondPhaseLatticeNm / p.pixelSizeNm : film;
  // Off the middle by an odd part of a cell, so that no column sits on a pixel or on the middle by chance.
  const Eigen::Vector2d middle(0.5 * (width - 1.0), 0.5 * (height - 1.0));
  truth.origin = middle + film * Eigen::Vector2d(0.31, 0.17);

  const Eigen::Vector2d substrateBegins(middle.x(), (1.0 - p.substrateFraction) * height);
  const Eigen::Vector2d secondBegins((1.0 - p.secondPhaseFraction) * width, middle.y());
  truth.lastFilmRow = LastRow((substrateBegins - truth.origin).dot(truth.e2), film, p.substrateFraction);
  const int lastFirstPhase = LastRow((secondBegins - truth.origin).dot(truth.e1), film, p.secondPhaseFraction);

  // Drift: what is scanned in line y lies off by drift (y / (height - 1) - 1/2), an affine map of the specimen.
  Eigen::Matrix2d drift = Eigen::Matrix2d::Identity();
  drift(1, 1) = 1.0 / (1.0 - p.driftYPx / (height - 1.0));
  drift(0, 1) = p.driftXPx / (height - 1.0) * drift(1, 1);

  const double blur = p.sourceSizeNm / p.pixelSizeNm;
  const auto blurred = [blur](double sigma) { return sigma * sigma / (sigma * sigma + blur * blur); };
  const double sigmaA = p.sigmaANm / p.pixelSizeNm;
  const double sigmaB = p.sigmaBNm / p.pixelSizeNm;
  const double lossB = blurred(sigmaB) / blurred(sigmaA); // the dose counts after the blur

  const DomainField field = MakeField(truth);
  const double scatter = 1e-3 * p.scatterPm / p.pixelSizeNm;
  RandomNumbers random(p.seed, ScatterStream);
  const double reach =
    0.5 * std::hypot(width, height) + 0.25 * (width + height) + p.GetReach(8.0 / Reach * (sigmaA + sigmaB + blur));
  const int most = static_cast<int>(std::ceil(reach / std::min({film, substrate, second}))) + 3;
  for (const auto sublattice : {Sublattice::A, Sublattice::B})
  {
    const bool isB = sublattice == Sublattice::B;
    for (int j = -most; j <= most; ++j)
    {
      for (int i = -most; i <= most; ++i)
      {
        const auto x = [&](int n) { return Stack(n, lastFirstPhase, film, second); };
        const auto y = [&](int n) { return Stack(n, truth.lastFilmRow, film, substrate); };
        const Eigen::Vector2d place = truth.origin + (isB ? 0.5 * (x(i) + x(i + 1)) : x(i)) * truth.e1 +
                                      (isB ? 0.5 * (y(j) + y(j + 1)) : y(j)) * truth.e2;
        SyntheticColumn column;
        column.sublattice = sublattice;
        column.i = i;
        column.j = j;
        // A cell whose corners are not all of the film is not polar.
        const bool isSubstrate = isB ? j >= truth.lastFilmRow : j > truth.lastFilmRow;
        const bool isSecond = isB ? i >= lastFirstPhase : i > lastFirstPhase;
        column.region =
          isSubstrate ? SpecimenRegion::Substrate : (isSecond ? SpecimenRegion::SecondPhase : SpecimenRegion::Film);
        const double heightA = isSubstrate ? p.substrateHeightA : 1.0;
        const double heightB = isSubstrate ? p.substrateHeightB : (isSecond ? p.secondPhaseRatioB : p.ratioB);
        column.amplitude = isB ? heightB * lossB : heightA;
        column.sigma = std::hypot(isB ? sigmaB : sigmaA, blur);
        Eigen::Vector2d displacement = Eigen::Vector2d::Zero();
        if (isB && !isSubstrate)
        {
          displacement = field.AtPlace(place);
          if (scatter > 0.0)
          {
            displacement.x() += scatter * random.Normal();
            displacement.y() += scatter * random.Normal();
          }
        }
        column.position = middle + drift * (place + displacement - middle) + Eigen::Vector2d(p.shiftXPx, p.shiftYPx);
        column.displacement = drift * displacement;
        if (TouchesImage(column, p))
        {
          truth.columns.push_back(column);
        }
      }
    }
  }
  MakeVacancies(truth);
  return truth;
}

AtomColumnSet::Pointer
SyntheticTruth::MakeColumnSet() const
{
  const auto & p = m_Values.parameters;
  const double scale = p.doseCounts > 0.0 ? p.doseCounts : 1.0;
  AtomColumnSet::ContainerType columns;
  for (const auto & from : m_Values.columns)
  {
    const auto & r = from.position;
    if (r.x() < -0.5 || r.y() < -0.5 || r.x() > static_cast<double>(p.width) - 0.5 ||
        r.y() > static_cast<double>(p.height) - 0.5)
    {
      continue;
    }
    AtomColumn column;
    column.position = r;
    column.amplitude = scale * from.amplitude;
    column.background = scale * SyntheticBackground(p, r.x(), r.y());
    column.sigmaMajor = from.sigma * std::sqrt(p.ellipticity);
    column.sigmaMinor = from.sigma / std::sqrt(p.ellipticity);
    column.rotation = p.ellipticity > 1.0 ? std::remainder(-p.ellipticityAngleDeg * Pi / 180.0, Pi) : 0.0;
    column.sublattice = from.sublattice;
    column.i = from.i;
    column.j = from.j;
    column.indexed = true;
    columns.push_back(column);
  }
  ImageGeometry geometry;
  geometry.width = p.width;
  geometry.height = p.height;
  geometry.pixelSizeNm.setConstant(p.pixelSizeNm);
  geometry.calibrated = true;
  auto set = AtomColumnSet::New();
  set->SetGeometry(geometry);
  set->SetColumns(std::move(columns));
  return set;
}

void
SyntheticTruth::Graft(const itk::DataObject * other)
{
  const auto * truth = dynamic_cast<const SyntheticTruth *>(other);
  if (!truth)
  {
    itkExceptionMacro("Graft needs a SyntheticTruth, got " << (other ? other->GetNameOfClass() : "null"));
  }
  this->Set(truth->m_Values);
}

void
SyntheticTruth::Initialize()
{
  Superclass::Initialize();
  m_Values = Values();
}

void
SyntheticTruth::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "Columns: " << m_Values.columns.size() << '\n';
  os << indent << "Vacancies: " << m_Values.vacancies.size() << '\n';
}
} // namespace ferro
