itk_module(
  FerroscopeAtomFinding
  ENABLE_SHARED
  DEPENDS FerroscopeCore
  PRIVATE_DEPENDS ITKVNL
  TEST_DEPENDS FerroscopeImageSynthesis
  DESCRIPTION "Finds atom columns in an atomic-resolution image without any parameter."
  EXCLUDE_FROM_DEFAULT)
