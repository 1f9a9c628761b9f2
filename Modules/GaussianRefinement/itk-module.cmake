itk_module(
  FerroscopeGaussianRefinement
  ENABLE_SHARED
  DEPENDS FerroscopeCore
  TEST_DEPENDS FerroscopeImageSynthesis
  DESCRIPTION "Sub-pixel positions of atom columns with covariances, by least squares of overlapping Gaussians."
  EXCLUDE_FROM_DEFAULT)
