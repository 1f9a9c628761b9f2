#include "ferroTiltCorrectionFilter.h"

#include "ferroErrors.h"

#include <Eigen/LU>

#include <algorithm>
#include <array>
#include <cmath>

namespace ferro
{
TiltCorrectionFilter::TiltCorrectionFilter()
{
  this->SetNumberOfRequiredInputs(1);
  this->SetNumberOfRequiredOutputs(1);
  this->SetNthOutput(0, this->MakeOutput(0));
}

itk::DataObject::Pointer
TiltCorrectionFilter::MakeOutput(DataObjectPointerArraySizeType)
{
  return UnitCellSet::New().GetPointer();
}

void
TiltCorrectionFilter::SetInput(const UnitCellSet * cells)
{
  this->ProcessObject::SetNthInput(0, const_cast<UnitCellSet *>(cells));
}

UnitCellSet *
TiltCorrectionFilter::GetOutput()
{
  return dynamic_cast<UnitCellSet *>(this->ProcessObject::GetOutput(0));
}

void
TiltCorrectionFilter::SetGroups(std::vector<int> groups)
{
  m_Groups = std::move(groups);
  this->Modified();
}

void
TiltCorrectionFilter::SetFilmResponse(const TiltPolarization & response)
{
  m_Film = response;
  this->Modified();
}

void
TiltCorrectionFilter::SetNonPolarResponse(const TiltPolarization & response)
{
  m_NonPolar = response;
  this->Modified();
}

void
TiltCorrectionFilter::SetAssumptions(const TiltAssumptions & assumptions)
{
  m_Assumptions = assumptions;
  this->Modified();
}

void
TiltCorrectionFilter::GenerateData()
{
  const auto * input = dynamic_cast<const UnitCellSet *>(this->ProcessObject::GetInput(0));
  if (!input)
  {
    itkExceptionMacro("needs a UnitCellSet (SetInput)");
  }
  if (m_Groups.size() != input->Size())
  {
    throw UsageError("the correction for tilt needs a group for every cell: found " + std::to_string(m_Groups.size()) +
                     ", expected " + std::to_string(input->Size()));
  }
  if (!m_Film && !m_NonPolar)
  {
    throw UsageError("the correction for tilt needs a response table");
  }
  if (!input->GetGeometry().calibrated)
  {
    throw AnalysisError("the cells are in pixels: the correction for tilt needs the size of a pixel in nm");
  }
  const ImageGeometry & geometry = input->GetGeometry();
  const Eigen::DiagonalMatrix<double, 2> scale(geometry.VectorScale());
  std::vector<TiltSample> samples(input->Size());
  for (std::size_t n = 0; n < samples.size(); ++n)
  {
    const UnitCell & cell = input->GetCells()[n];
    samples[n].positionNm = geometry.ToPhysical(cell.position);
    samples[n].polarizationPm = scale * cell.polarization;
    samples[n].covariancePm2 = scale * cell.covariance * scale;
    samples[n].group = cell.flags == FlagNone ? m_Groups[n] : TiltSample::Ignored;
  }
  m_Estimate = EstimateTilt(samples, m_NonPolar ? &*m_NonPolar : nullptr, m_Film ? &*m_Film : nullptr, m_Assumptions);

  UnitCellSet * output = this->GetOutput();
  output->Graft(input);
  constexpr std::array<const char *, 8> Names = {{"tilt_x_mrad", "tilt_y_mrad", "err_tilt_x_mrad", "err_tilt_y_mrad",
                                                  "p_tilt_x_pm", "p_tilt_y_pm", "err_p_tilt_x_pm", "err_p_tilt_y_pm"}};
  std::array<std::vector<double>, Names.size()> extra;
  const Eigen::Vector2d toPixels = geometry.VectorScale().cwiseInverse();
  // The tables as the map would have them; where there is only one, it serves for all cells.
  std::array<std::optional<TiltPolarization>, 2> responses;
  std::array<bool, 2> ofNonPolar;
  for (const bool nonPolar : {false, true})
  {
    ofNonPolar[nonPolar] = nonPolar ? m_NonPolar.has_value() : !m_Film.has_value();
    responses[nonPolar] = m_Estimate.Adjusted(ofNonPolar[nonPolar] ? *m_NonPolar : *m_Film, ofNonPolar[nonPolar]);
  }
  for (std::size_t n = 0; n < samples.size(); ++n)
  {
    const bool nonPolar = m_Groups[n] == TiltSample::NonPolar;
    const TiltPolarization & response = *responses[nonPolar];
    const Eigen::Vector2d & place = samples[n].positionNm;
    const Eigen::Vector2d tilt = m_Estimate.field.At(place);
    const Eigen::Matrix2d uncertainty = m_Estimate.field.CovarianceAt(place);
    const Eigen::Vector2d polarization = response.Remove(samples[n].polarizationPm, tilt);
    const Eigen::Vector2d apparent = samples[n].polarizationPm - polarization;
    const Eigen::Matrix2d added = m_Estimate.CovarianceOfApparent(response, ofNonPolar[nonPolar], place, polarization);
    // Where tilt makes a crystal seem less polar, its inverse makes errors longer.
    const Eigen::Matrix2d inverse =
      (Eigen::Matrix2d::Identity() + response.DerivativeByPolarization(tilt, polarization)).inverse();
    const Eigen::Matrix2d ofCorrection = inverse * added * inverse.transpose();
    const Eigen::Matrix2d covariance = inverse * samples[n].covariancePm2 * inverse.transpose() + ofCorrection;
    UnitCell & cell = output->GetCells()[n];
    cell.polarization = polarization.cwiseProduct(toPixels);
    cell.covariance = toPixels.asDiagonal() * covariance * toPixels.asDiagonal();
    const std::array<double, Names.size()> values = {{tilt.x(), tilt.y(), std::sqrt(uncertainty(0, 0)),
                                                      std::sqrt(uncertainty(1, 1)), apparent.x(), apparent.y(),
                                                      std::sqrt(ofCorrection(0, 0)), std::sqrt(ofCorrection(1, 1))}};
    for (std::size_t k = 0; k < Names.size(); ++k)
    {
      extra[k].push_back(values[k]);
    }
  }
  auto columns = input->GetExtraColumns();
  const auto replaced = [&Names](const auto & column)
  { return std::find(Names.begin(), Names.end(), column.first) != Names.end(); };
  columns.erase(std::remove_if(columns.begin(), columns.end(), replaced), columns.end());
  for (std::size_t k = 0; k < Names.size(); ++k)
  {
    columns.emplace_back(Names[k], std::move(extra[k]));
  }
  output->SetExtraColumns(std::move(columns));
  output->Modified();
}

void
TiltCorrectionFilter::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "Groups: " << m_Groups.size() << '\n';
  os << indent << "FilmResponse: " << (m_Film ? "set" : "(none)") << '\n';
  os << indent << "NonPolarResponse: " << (m_NonPolar ? "set" : "(none)") << '\n';
  os << indent << "Gradient: " << m_Assumptions.gradient << '\n';
  os << indent << "Tilt: " << m_Estimate.field.atCenterMrad.transpose() << " mrad\n";
}
} // namespace ferro
