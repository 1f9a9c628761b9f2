itk_module(
  FerroscopeImageSynthesis
  ENABLE_SHARED
  DEPENDS FerroscopeCore ITKCommon
  TEST_DEPENDS ITKCommon
  DESCRIPTION "Synthetic micrographs of perovskites with exact truth and the Cramer-Rao bound of their columns."
  EXCLUDE_FROM_DEFAULT)
