itk_module(
  FerroscopeDeepRegression
  ENABLE_SHARED
  DEPENDS FerroscopeCore FerroscopeMicroscopyIO FerroscopeImageSynthesis ITKCommon
  TEST_DEPENDS FerroscopeCore FerroscopeImageSynthesis ITKCommon
  DESCRIPTION "Convolutional networks that predict polarization from images: the only module that knows LibTorch."
  EXCLUDE_FROM_DEFAULT)
