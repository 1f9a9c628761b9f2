itk_module(
  FerroscopeMicroscopyIO
  ENABLE_SHARED
  DEPENDS FerroscopeCore ITKCommon ITKIOImageBase
  PRIVATE_DEPENDS ITKIONRRD ITKIOMeta
  TEST_DEPENDS ITKCommon ITKIOImageBase ITKIONRRD
  DESCRIPTION "Readers for electron microscopy files (ITK ImageIO factories) and writers for tables and result files."
  EXCLUDE_FROM_DEFAULT)
