itk_module(
  FerroscopeLatticeAnalysis
  ENABLE_SHARED
  DEPENDS FerroscopeCore
  TEST_DEPENDS FerroscopeImageSynthesis
  DESCRIPTION "Sublattices and lattice indices of atom columns, by structure rather than brightness."
  EXCLUDE_FROM_DEFAULT)
