itk_module(
  FerroscopePolarization
  ENABLE_SHARED
  DEPENDS FerroscopeCore
  TEST_DEPENDS FerroscopeImageSynthesis
  DESCRIPTION "Polarization and shape of each unit cell, with covariances, and the field as vector images."
  EXCLUDE_FROM_DEFAULT)
