#include "ferroAtomFindingImageFilter.h"
#include "ferroErrors.h"
#include "ferroLatticeEstimate.h"
#include "ferroPointLocator.h"
#include "ferroSyntheticMicrographSource.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <limits>
#include <random>

namespace
{
struct Score
{
  int missed = 0;
  int invented = 0;
};

ferro::SyntheticMicrographSource::Pointer
Make(const ferro::SyntheticMicrographParameters & parameters)
{
  auto source = ferro::SyntheticMicrographSource::New();
  source->SetParameters(parameters);
  source->Update();
  return source;
}

ferro::AtomColumnSet::Pointer
Find(const ferro::MicrographType * image, unsigned int threads = 2)
{
  auto finder = ferro::AtomFindingImageFilter::New();
  finder->SetInput(image);
  finder->SetNumberOfWorkUnits(threads);
  finder->Update();
  return finder->GetOutput();
}

/** Columns at least a cell from the border: truth without a match, and matches without a truth. */
Score
Compare(const ferro::SyntheticTruth::Values & truth, const ferro::AtomColumnSet & found)
{
  const double cell = truth.parameters.latticeNm / truth.parameters.pixelSizeNm;
  const auto inside = [&](const Eigen::Vector2d & p)
  {
    return p.minCoeff() > cell && p.x() < static_cast<double>(truth.parameters.width - 1) - cell &&
           p.y() < static_cast<double>(truth.parameters.height - 1) - cell;
  };
  std::vector<Eigen::Vector2d> places;
  for (const auto & column : truth.columns)
  {
    places.push_back(column.position);
  }
  const ferro::PointLocator locator(places);
  std::vector<int> hits(places.size(), 0);
  Score score;
  for (const auto & column : found.GetColumns())
  {
    const auto match = locator.Nearest(column.position);
    if (std::sqrt(match.second) < 0.25 * cell)
    {
      score.invented += ++hits[match.first] > 1;
    }
    else
    {
      score.invented += inside(column.position);
    }
  }
  for (std::size_t n = 0; n < places.size(); ++n)
  {
    score.missed += hits[n] == 0 && inside(places[n]);
  }
  return score;
}
} // namespace

struct Scene
{
  double pixelsPerCell;
  double rotationDeg;
  double dose;
  double ratioB;
};

/** Readable in the list of tests. */
void
PrintTo(const Scene & scene, std::ostream * os)
{
  *os << scene.pixelsPerCell << " px per cell, " << scene.rotationDeg << " degrees, dose " << scene.dose << ", B/A "
      << scene.ratioB;
}

class AtomFindingScenes : public ::testing::TestWithParam<Scene>
{
};

TEST_P(AtomFindingScenes, NothingMissedNothingInvented)
{
  const Scene scene = GetParam();
  ferro::SyntheticMicrographParameters parameters;
  parameters.pixelSizeNm = parameters.latticeNm / scene.pixelsPerCell;
  parameters.width = parameters.height = std::lround(std::max(160.0, 12.0 * scene.pixelsPerCell));
  parameters.rotationDeg = scene.rotationDeg;
  parameters.doseCounts = scene.dose;
  parameters.ratioB = scene.ratioB;
  parameters.seed = 11;
  const auto source = Make(parameters);
  const auto found = Find(source->GetOutput());
  const Score score = Compare(source->GetTruth()->Get(), *found);
  EXPECT_EQ(score.missed, 0);
  EXPECT_EQ(score.invented, 0);
  // The true width is 0.45 A for A and 0.42 A for B.
  EXPECT_NEAR(found->GetColumnSigma() * parameters.pixelSizeNm, 0.045, 0.012);
}

std::string
NameOf(const ::testing::TestParamInfo<Scene> & info)
{
  return std::to_string(std::lround(10 * info.param.pixelsPerCell)) + "TenthsOfPixelsPerCell" +
         std::to_string(info.index);
}

INSTANTIATE_TEST_SUITE_P(Scales, AtomFindingScenes,
                         ::testing::Values(Scene{6.5, 7.0, 1000.0, 0.35}, Scene{10.0, 23.0, 300.0, 0.35},
                                           Scene{20.0, 0.0, 100.0, 0.35}, Scene{20.0, 45.0, 100.0, 0.25},
                                           Scene{20.0, 30.0, 1000.0, 0.9}, Scene{40.0, -12.0, 100.0, 0.35},
                                           Scene{80.0, 7.0, 100.0, 0.35}),
                         NameOf);

/** Edge of the cells that are found where B has that height against A, divided by the true one. */
double
FindEdge(double ratioB, double displacementPm)
{
  ferro::SyntheticMicrographParameters parameters;
  parameters.rotationDeg = 20.0;
  parameters.ratioB = ratioB;
  parameters.doseCounts = 200.0;
  parameters.sigmaBNm = parameters.sigmaANm;
  parameters.displacementPm = displacementPm;
  parameters.substrateFraction = 0.0;
  parameters.seed = 5;
  const auto found = ferro::EstimateCentredTranslations(*Make(parameters)->GetOutput());
  return std::sqrt(std::abs(found.determinant())) * parameters.pixelSizeNm / parameters.latticeNm;
}

TEST(LatticeEstimate, FindsTheCellWhereBIsNearlyAsBrightAsA)
{
  for (const double ratio : {0.0, 0.3, 0.75, 0.85, 0.92, 1.15})
  {
    EXPECT_NEAR(FindEdge(ratio, 0.0), 1.0, 0.01) << ratio;
  }
  EXPECT_NEAR(FindEdge(1.0, 30.0), 1.0, 0.01); // alike, but not equally far from each other
  EXPECT_NEAR(FindEdge(1.0, 0.0), std::sqrt(0.5), 0.01);
}

TEST(AtomFinding, VacanciesStayEmpty)
{
  ferro::SyntheticMicrographParameters parameters;
  parameters.vacancies = 6;
  parameters.seed = 3;
  const auto source = Make(parameters);
  const auto found = Find(source->GetOutput());
  const auto & truth = source->GetTruth()->Get();
  ASSERT_EQ(truth.vacancies.size(), 6u);
  std::vector<Eigen::Vector2d> places;
  for (const auto & column : found->GetColumns())
  {
    places.push_back(column.position);
  }
  const ferro::PointLocator locator(places);
  for (const auto & vacancy : truth.vacancies)
  {
    EXPECT_GT(std::sqrt(locator.Nearest(vacancy.position).second), 5.0) << vacancy.position.transpose();
  }
  EXPECT_EQ(Compare(truth, *found).missed, 0);
}

TEST(AtomFinding, NoColumnsWhereThereIsNoCrystal)
{
  ferro::SyntheticMicrographParameters parameters;
  const auto source = Make(parameters);
  ferro::MicrographType::Pointer image = source->GetOutput();
  // The left third becomes a structureless film with noise of its own: speckle of the size of columns.
  std::mt19937 generator(5);
  std::normal_distribution<float> normal(0.0F, 1.0F);
  const long edge = 170;
  std::vector<float> speckle(512 * 512);
  for (auto & value : speckle)
  {
    value = normal(generator);
  }
  for (long y = 0; y < 512; ++y)
  {
    for (long x = 0; x < edge; ++x)
    {
      float sum = 0.0F;
      for (long dy = -2; dy <= 2; ++dy)
      {
        for (long dx = -2; dx <= 2; ++dx)
        {
          sum += speckle[static_cast<std::size_t>(std::min(511L, std::max(0L, y + dy)) * 512 + std::max(0L, x + dx))];
        }
      }
      image->SetPixel({{x, y}}, 40.0F + 2.0F * sum);
    }
  }
  const auto found = Find(image);
  int astray = 0;
  int crystal = 0;
  for (const auto & column : found->GetColumns())
  {
    astray += column.position.x() < static_cast<double>(edge) - 20.0; // a cell beyond the crystal
    crystal += column.position.x() > static_cast<double>(edge) + 10.0;
  }
  EXPECT_EQ(astray, 0);
  EXPECT_GT(crystal, 800);
}

TEST(AtomFinding, RefusesImagesWithoutALattice)
{
  auto image = ferro::MicrographType::New();
  image->SetRegions(ferro::MicrographType::SizeType{{256, 256}});
  image->Allocate();
  image->FillBuffer(7.0F);
  EXPECT_THROW(Find(image), ferro::AnalysisError) << "constant";

  for (unsigned int seed = 0; seed < 5; ++seed)
  {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal(100.0F, 10.0F);
    for (long n = 0; n < 256 * 256; ++n)
    {
      image->GetBufferPointer()[n] = normal(generator);
    }
    EXPECT_THROW(Find(image), ferro::AnalysisError) << "white noise, seed " << seed;
  }
  for (long y = 0; y < 256; ++y)
  {
    for (long x = 0; x < 256; ++x)
    {
      const double horizon = y > 130 ? 90.0 : 30.0;
      const double sun = 80.0 * std::exp(-0.5 * (std::pow(x - 80, 2) + std::pow(y - 60, 2)) / 400.0);
      const double hills = 15.0 * std::sin(0.031 * x) + 9.0 * std::sin(0.083 * x + 1.0) * std::cos(0.057 * y);
      image->SetPixel({{x, y}}, static_cast<float>(horizon + sun + hills));
    }
  }
  EXPECT_THROW(Find(image), ferro::AnalysisError) << "landscape";

  image->FillBuffer(std::numeric_limits<float>::quiet_NaN());
  EXPECT_THROW(Find(image), ferro::AnalysisError) << "all NaN";

  auto tiny = ferro::MicrographType::New();
  tiny->SetRegions(ferro::MicrographType::SizeType{{3, 2}});
  tiny->Allocate(true);
  EXPECT_THROW(Find(tiny), ferro::AnalysisError) << "tiny";
}

TEST(AtomFinding, ANumberThatIsNoneHurtsOnlyItsNeighbourhood)
{
  const auto source = Make(ferro::SyntheticMicrographParameters());
  ferro::MicrographType::Pointer image = source->GetOutput();
  const std::size_t before = Find(image)->Size();
  image->SetPixel({{250, 250}}, std::numeric_limits<float>::quiet_NaN());
  image->SetPixel({{100, 30}}, std::numeric_limits<float>::infinity());
  EXPECT_NEAR(static_cast<double>(Find(image)->Size()), static_cast<double>(before), 2.0);
}

TEST(AtomFinding, ResultDoesNotDependOnThreads)
{
  const auto source = Make(ferro::SyntheticMicrographParameters());
  const auto one = Find(source->GetOutput(), 1);
  const auto four = Find(source->GetOutput(), 4);
  ASSERT_EQ(one->Size(), four->Size());
  for (std::size_t n = 0; n < one->Size(); ++n)
  {
    EXPECT_EQ(one->GetColumns()[n].position, four->GetColumns()[n].position);
    EXPECT_EQ(one->GetColumns()[n].amplitude, four->GetColumns()[n].amplitude);
  }
}
