#ifndef ferroGaussianRefinementFilter_h
#define ferroGaussianRefinementFilter_h

#include "FerroscopeGaussianRefinementExport.h"
#include "ferroAtomColumnSet.h"
#include "ferroImageGeometry.h"
#include "itkProcessObject.h"

namespace ferro
{
/** \class GaussianRefinementFilter
 * \brief Sub-pixel positions of atom columns, with a covariance for each.
 *
 * Each column is an elliptical Gaussian on a local constant background (7 parameters), fitted by weighted least
 * squares inside a round window. Neighbours overlap: in sweeps over all columns each one is fitted to the image minus
 * the current Gaussians of the others, until nothing moves; that is the fixed point of the joint fit. Sweeps use the
 * results of the sweep before, so that the outcome does not depend on the number of threads.
 *
 * Weights are 1 / variance with variance = gain * value + offset, learned from the residuals (gain 1 and offset 0 come
 * out for an image in counts). The covariance is the inverse of the normal matrix, times the number of pixels over
 * which the noise is correlated (1 for white noise; more for smoothed or enlarged images).
 *
 * Inputs: the image (0) and the columns (1), positions good to half a column width. Output: the same columns in the
 * same order, with position, amplitude, background, widths, covariance, residual and flags (edge, overlap, fit-failed).
 * Cost: linear.
 */
class FerroscopeGaussianRefinement_EXPORT GaussianRefinementFilter : public itk::ProcessObject
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(GaussianRefinementFilter);
  using Self = GaussianRefinementFilter;
  using Superclass = itk::ProcessObject;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(GaussianRefinementFilter, ProcessObject);

  using Superclass::SetInput;
  void SetInput(const MicrographType * image);
  void SetColumns(const AtomColumnSet * columns);
  AtomColumnSet * GetOutput();

  /** Radius of the fit window in units of the column's standard deviation. Default 2.7. */
  itkSetClampMacro(WindowSigmas, double, 1.0, 10.0);
  itkGetConstMacro(WindowSigmas, double);
  /** Largest number of weighted sweeps over all columns. Default 14. */
  itkSetClampMacro(MaximumSweeps, unsigned int, 1, 100);
  itkGetConstMacro(MaximumSweeps, unsigned int);
  /** Fit with Gaussians of equal axes. Default off. */
  itkSetMacro(Isotropic, bool);
  itkGetConstMacro(Isotropic, bool);
  itkBooleanMacro(Isotropic);
  /** Leave out columns whose centre turns out to lie outside the image: of those only a flank is seen. Default off: the
   * output has the columns of the input. */
  itkSetMacro(DropOutside, bool);
  itkGetConstMacro(DropOutside, bool);
  itkBooleanMacro(DropOutside);

protected:
  GaussianRefinementFilter();
  ~GaussianRefinementFilter() override = default;
  itk::DataObject::Pointer MakeOutput(DataObjectPointerArraySizeType index) override;
  using Superclass::MakeOutput;
  void GenerateInputRequestedRegion() override;
  void GenerateData() override;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;

private:
  double m_WindowSigmas = 2.7;
  unsigned int m_MaximumSweeps = 14;
  bool m_Isotropic = false;
  bool m_DropOutside = false;
};
} // namespace ferro

#endif
