#include "ferroErrors.h"
#include "ferroPolarizationFilter.h"
#include "ferroPolarizationVectorImageFilter.h"

#include <gtest/gtest.h>

#include <cmath>

namespace
{
struct Scene
{
  ferro::AtomColumnSet::Pointer columns = ferro::AtomColumnSet::New();
  ferro::Lattice::Pointer lattice = ferro::Lattice::New();
};

/** Labelled columns: A at F (20 i, 20 j), B in the middle plus the displacement, 0.02 nm per pixel along x, 0.025 along
 * y. */
Scene
MakeScene(const Eigen::Vector2d & displacement, const Eigen::Matrix2d & deformation = Eigen::Matrix2d::Identity())
{
  Scene scene;
  ferro::ImageGeometry geometry;
  geometry.width = geometry.height = 200;
  geometry.pixelSizeNm = {0.02, 0.025};
  geometry.calibrated = true;
  scene.columns->SetGeometry(geometry);
  for (int j = 0; j < 9; ++j)
  {
    for (int i = 0; i < 9; ++i)
    {
      ferro::AtomColumn a;
      a.position = Eigen::Vector2d(10, 10) + deformation * Eigen::Vector2d(20.0 * i, 20.0 * j);
      a.covariance << 0.04, 0.01, 0.01, 0.09;
      a.sublattice = ferro::Sublattice::A;
      a.i = i;
      a.j = j;
      a.indexed = true;
      scene.columns->GetColumns().push_back(a);
      ferro::AtomColumn b = a;
      b.position += deformation * Eigen::Vector2d(10, 10) + displacement;
      b.covariance << 0.16, 0.0, 0.0, 0.25;
      b.sublattice = ferro::Sublattice::B;
      scene.columns->GetColumns().push_back(b);
    }
  }
  ferro::Lattice::Values values;
  values.kind = ferro::LatticeKind::Perovskite100;
  values.a = {20, 0};
  values.b = {0, 20};
  scene.lattice->Set(values);
  return scene;
}

ferro::PolarizationFilter::Pointer
MakeFilter(const Scene & scene)
{
  auto filter = ferro::PolarizationFilter::New();
  filter->SetInput(scene.columns);
  filter->SetLattice(scene.lattice);
  return filter;
}
} // namespace

TEST(Polarization, IsTheDisplacementForEitherCentre)
{
  const Eigen::Vector2d u(1.25, -0.75);
  const Scene scene = MakeScene(u);
  for (const auto center : {ferro::Sublattice::B, ferro::Sublattice::A})
  {
    auto filter = MakeFilter(scene);
    filter->SetCenter(center);
    filter->Update();
    // Of 9 x 9 centres, 8 x 8 have all four corners.
    ASSERT_EQ(filter->GetOutput()->Size(), 64u);
    for (const auto & cell : filter->GetOutput()->GetCells())
    {
      EXPECT_LT((cell.polarization - u).norm(), 1e-12);
      const bool b = center == ferro::Sublattice::B;
      EXPECT_NEAR(cell.covariance(0, 0), b ? 0.16 + 4 * 0.04 / 16 : 0.04 + 4 * 0.16 / 16, 1e-12);
      EXPECT_NEAR(cell.covariance(1, 1), b ? 0.25 + 4 * 0.09 / 16 : 0.09 + 4 * 0.25 / 16, 1e-12);
      EXPECT_NEAR(cell.covariance(0, 1), b ? 4 * 0.01 / 16 : 0.01, 1e-12);
    }
  }
}

TEST(Polarization, CellShapeInNanometres)
{
  auto filter = MakeFilter(MakeScene({0, 0}));
  filter->Update();
  for (const auto & cell : filter->GetOutput()->GetCells())
  {
    EXPECT_NEAR(cell.a, 0.4, 1e-12);
    EXPECT_NEAR(cell.b, 0.5, 1e-12);
    EXPECT_NEAR(cell.gamma, std::acos(0.0), 1e-12);
    EXPECT_NEAR(cell.area, 0.2, 1e-12);
  }
}

TEST(Polarization, StrainAgainstAReferenceRegion)
{
  // Left part as it is; right part stretched along x by 2 % and turned by 10 mrad from x towards y (clockwise on the
  // screen).
  Scene scene = MakeScene({0, 0});
  ferro::ImageGeometry geometry = scene.columns->GetGeometry();
  geometry.pixelSizeNm = {0.02, 0.02};
  scene.columns->SetGeometry(geometry);
  Eigen::Matrix2d turned;
  turned << 1.02, -0.01, 0.01, 1.0;
  for (auto & column : scene.columns->GetColumns())
  {
    if (column.position.x() > 100.0)
    {
      column.position = turned * column.position;
    }
  }
  auto filter = MakeFilter(scene);
  filter->SetReferenceRegion({0, 0}, {75, 199});
  filter->Update();
  int left = 0;
  int right = 0;
  for (const auto & cell : filter->GetOutput()->GetCells())
  {
    if (cell.i < 3)
    {
      ++left;
      EXPECT_NEAR(cell.strainXX, 0.0, 1e-12);
      EXPECT_NEAR(cell.latticeRotation, 0.0, 1e-12);
    }
    else if (cell.i > 5)
    {
      ++right;
      EXPECT_NEAR(cell.strainXX, 0.02, 1e-9);
      EXPECT_NEAR(cell.strainYY, 0.0, 1e-9);
      EXPECT_NEAR(cell.strainXY, 0.0, 1e-9);
      EXPECT_NEAR(cell.latticeRotation, -0.01, 1e-9);
    }
  }
  EXPECT_GT(left * right, 0);
}

TEST(Polarization, ReferencesAreSubtractedOnlyWhenAskedFor)
{
  Scene scene = MakeScene({0.5, 0.5});
  for (auto & column : scene.columns->GetColumns())
  {
    if (column.sublattice == ferro::Sublattice::B && column.j >= 4)
    {
      column.position += Eigen::Vector2d(1.0, 0.0);
    }
  }
  auto filter = MakeFilter(scene);
  filter->SetReference(ferro::PolarizationReference::Region);
  EXPECT_THROW(filter->Update(), ferro::UsageError);
  filter->SetReferenceRegion({0, 0}, {199, 80});
  filter->Update();
  for (const auto & cell : filter->GetOutput()->GetCells())
  {
    EXPECT_NEAR(cell.polarization.x(), cell.j >= 4 ? 1.0 : 0.0, 1e-12);
    EXPECT_NEAR(cell.polarization.y(), 0.0, 1e-12);
  }
  EXPECT_LT((filter->GetOutput()->GetSubtractedReference() - Eigen::Vector2d(0.5, 0.5)).norm(), 1e-12);
  filter->SetReference(ferro::PolarizationReference::None);
  filter->Update();
  EXPECT_NEAR(filter->GetOutput()->GetCells()[0].polarization.x(), 0.5, 1e-12);
  filter->SetReferenceRegion({190, 190}, {195, 195});
  EXPECT_THROW(filter->Update(), ferro::AnalysisError);
}

TEST(Polarization, NothingIsInventedForOtherZoneAxes)
{
  Scene scene = MakeScene({1, 1});
  ferro::Lattice::Values values = scene.lattice->Get();
  values.kind = ferro::LatticeKind::OtherZoneAxis;
  scene.lattice->Set(values);
  auto filter = MakeFilter(scene);
  filter->Update();
  EXPECT_EQ(filter->GetOutput()->Size(), 0u);
}

TEST(PolarizationVectorImage, OnePixelPerCellAndTheFieldOnTheImage)
{
  auto filter = MakeFilter(MakeScene({1.0, -2.0}));
  auto field = ferro::PolarizationVectorImageFilter::New();
  field->SetInput(filter->GetOutput());
  field->Update(); // of the last filter only
  const auto size = field->GetOutput()->GetLargestPossibleRegion().GetSize();
  EXPECT_EQ(size[0], 8u);
  EXPECT_EQ(size[1], 8u);
  const auto pixel = field->GetOutput()->GetPixel({{3, 5}});
  EXPECT_FLOAT_EQ(pixel[0], 20.0F);  // 1 px of 0.02 nm in pm
  EXPECT_FLOAT_EQ(pixel[1], -50.0F); // 2 px of 0.025 nm
  EXPECT_NEAR(field->GetOutput()->GetSpacing()[0], 0.4, 1e-9);

  field->SetSampling(ferro::PolarizationVectorImageFilter::Sampling::ImageGrid);
  field->Update();
  itk::Point<double, 2> place;
  place[0] = 100 * 0.02;
  place[1] = 100 * 0.025;
  const auto index = field->GetOutput()->TransformPhysicalPointToIndex(place);
  EXPECT_FLOAT_EQ(field->GetOutput()->GetPixel(index)[0], 20.0F);
  place[0] = 0.0;
  place[1] = 0.0;
  EXPECT_TRUE(std::isnan(field->GetOutput()->GetPixel(field->GetOutput()->TransformPhysicalPointToIndex(place))[0]));
}
