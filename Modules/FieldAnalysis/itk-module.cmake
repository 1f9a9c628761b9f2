itk_module(
  FerroscopeFieldAnalysis
  ENABLE_SHARED
  DEPENDS FerroscopeCore
  TEST_DEPENDS FerroscopeCore
  DESCRIPTION "What a polarization field is made of: derivatives and vortices, domains and walls, local averages."
  EXCLUDE_FROM_DEFAULT)
