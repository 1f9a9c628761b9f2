itk_module(
  FerroscopeVisualization
  ENABLE_SHARED
  DEPENDS FerroscopeCore ITKCommon
  TEST_DEPENDS FerroscopeCore FerroscopeMicroscopyIO ITKCommon
  DESCRIPTION "Figures, HTML report and VTK files of a polarization map: the only module that knows VTK."
  EXCLUDE_FROM_DEFAULT)
