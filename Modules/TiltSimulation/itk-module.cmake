itk_module(
  FerroscopeTiltSimulation
  ENABLE_SHARED
  DEPENDS FerroscopeCore ITKCommon
  TEST_DEPENDS ITKCommon
  DESCRIPTION "Simulation of STEM images by multislice, to tell what specimen tilt does to apparent column positions."
  EXCLUDE_FROM_DEFAULT)
