itk_module(
  FerroscopeTiltCorrection
  ENABLE_SHARED
  DEPENDS FerroscopeCore
  DESCRIPTION "Estimates specimen tilt from a measured polarization field and takes its apparent polarization out."
  EXCLUDE_FROM_DEFAULT)
