/* Maps the polarization of one image with the filters of an installed Ferroscope.
 *
 * The filters form one ITK pipeline from the file to the vector image; only the last of them is told to Update().
 *
 * usage: polarization-of-one-image IMAGE
 * Prints one line: the number of columns, of cells, the mean displacement in pm (or px) and its angle in degrees,
 * counter-clockwise on the screen. */
#include "ferroAtomFindingImageFilter.h"
#include "ferroErrors.h"
#include "ferroGaussianRefinementFilter.h"
#include "ferroLatticeAnalysisFilter.h"
#include "ferroMicrographReader.h"
#include "ferroPolarizationFilter.h"
#include "ferroPolarizationVectorImageFilter.h"

#include "itkImageFileReader.h"
#include "itkImageRegionConstIterator.h"

#include <cmath>
#include <cstdlib>
#include <iostream>

namespace
{
void
Map(const char * file)
{
  ferro::RegisterMicroscopyIOFactories();
  auto reader = itk::ImageFileReader<ferro::MicrographType>::New();
  reader->SetFileName(file);

  auto finding = ferro::AtomFindingImageFilter::New();
  finding->SetInput(reader->GetOutput());

  auto refinement = ferro::GaussianRefinementFilter::New();
  refinement->SetInput(reader->GetOutput());
  refinement->SetColumns(finding->GetOutput());

  auto lattice = ferro::LatticeAnalysisFilter::New();
  lattice->SetInput(refinement->GetOutput());

  auto polarization = ferro::PolarizationFilter::New();
  polarization->SetInput(lattice->GetOutput());
  polarization->SetLattice(lattice->GetLattice());

  auto field = ferro::PolarizationVectorImageFilter::New();
  field->SetInput(polarization->GetOutput());
  field->Update();

  using FieldType = ferro::PolarizationImageType;
  const FieldType * image = field->GetOutput();
  double sumX = 0.0;
  double sumY = 0.0;
  long count = 0;
  for (itk::ImageRegionConstIterator<FieldType> it(image, image->GetLargestPossibleRegion()); !it.IsAtEnd(); ++it)
  {
    const auto vector = it.Get();
    if (std::isfinite(vector[0]) && std::isfinite(vector[1]))
    {
      sumX += vector[0];
      sumY += vector[1];
      ++count;
    }
  }
  if (count == 0)
  {
    throw ferro::AnalysisError("no unit cell was found");
  }
  const double pi = std::acos(-1.0);
  std::cout << "columns " << refinement->GetOutput()->Size() << " cells " << polarization->GetOutput()->Size()
            << " vectors " << count << " mean_x " << sumX / count << " mean_y " << sumY / count << " angle_deg "
            << std::atan2(-sumY, sumX) * 180.0 / pi << '\n';
}
} // namespace

int
main(int argc, char * argv[])
{
  if (argc != 2)
  {
    std::cerr << "usage: polarization-of-one-image IMAGE\n";
    return 2;
  }
  try
  {
    Map(argv[1]);
    return EXIT_SUCCESS;
  }
  catch (const itk::ExceptionObject & error)
  {
    std::cerr << argv[1] << ": " << error.GetDescription() << '\n';
    return EXIT_FAILURE;
  }
}
