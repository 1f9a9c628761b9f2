itk_module(
  FerroscopeCore
  ENABLE_SHARED
  DEPENDS ITKCommon
  TEST_DEPENDS ITKCommon
  DESCRIPTION "Value types that every Ferroscope module shares: atom columns, unit cells, lattice, units, errors."
  EXCLUDE_FROM_DEFAULT)
