#ifndef ferroTiltCorrectionFilter_h
#define ferroTiltCorrectionFilter_h

#include "FerroscopeTiltCorrectionExport.h"
#include "ferroTiltEstimate.h"
#include "ferroUnitCellSet.h"

#include "itkObjectFactory.h"
#include "itkProcessObject.h"

#include <optional>
#include <vector>

namespace ferro
{
/** \class TiltCorrectionFilter
 * \brief Takes the apparent polarization that specimen tilt makes out of a measured field.
 *
 * The tilt is estimated from the field itself (EstimateTilt) and its response subtracted from every cell; what is not
 * known of the tilt and of the response is added to the covariance of the cell. The cells carry along, as extra
 * columns, tilt_x_mrad, tilt_y_mrad, err_tilt_x_mrad, err_tilt_y_mrad and what was subtracted, p_tilt_x_pm and
 * p_tilt_y_pm, with its error, err_p_tilt_x_pm and err_p_tilt_y_pm.
 *
 * Input: calibrated cells (0). Output: the same cells, corrected. Throws UsageError where something is not set, and
 * AnalysisError where the tilt cannot be estimated.
 */
class FerroscopeTiltCorrection_EXPORT TiltCorrectionFilter : public itk::ProcessObject
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(TiltCorrectionFilter);
  using Self = TiltCorrectionFilter;
  using Superclass = itk::ProcessObject;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(TiltCorrectionFilter, ProcessObject);

  using Superclass::SetInput;
  void SetInput(const UnitCellSet * cells);
  UnitCellSet * GetOutput();

  /** What each cell counts as: see TiltSample::group; one entry per cell. */
  void SetGroups(std::vector<int> groups);
  /** Response of the polar cells: everything outside the non-polar region. */
  void SetFilmResponse(const TiltPolarization & response);
  /** Response of the cells of the group NonPolar. */
  void SetNonPolarResponse(const TiltPolarization & response);
  void SetAssumptions(const TiltAssumptions & assumptions);

  /** The tilt; after Update(). */
  const TiltEstimate &
  GetEstimate() const
  {
    return m_Estimate;
  }

protected:
  TiltCorrectionFilter();
  ~TiltCorrectionFilter() override = default;
  itk::DataObject::Pointer MakeOutput(DataObjectPointerArraySizeType index) override;
  using Superclass::MakeOutput;
  void GenerateData() override;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;

private:
  std::vector<int> m_Groups;
  std::optional<TiltPolarization> m_Film;
  std::optional<TiltPolarization> m_NonPolar;
  TiltAssumptions m_Assumptions;
  TiltEstimate m_Estimate;
};
} // namespace ferro

#endif
