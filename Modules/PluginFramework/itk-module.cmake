itk_module(
  FerroscopePluginFramework
  ENABLE_SHARED
  DEPENDS FerroscopeCore
  PRIVATE_DEPENDS FerroscopeMicroscopyIO
  TEST_DEPENDS ITKCommon ITKSmoothing
  DESCRIPTION "Commands declared once: declarations, plugins found at run time, parameters, progress, provenance, macros."
  EXCLUDE_FROM_DEFAULT)
