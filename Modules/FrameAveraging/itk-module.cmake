itk_module(
  FerroscopeFrameAveraging
  ENABLE_SHARED
  DEPENDS FerroscopeCore
  PRIVATE_DEPENDS ITKFFT ITKImageFunction ITKImageGrid ITKTransform
  TEST_DEPENDS FerroscopeImageSynthesis
  DESCRIPTION "Frames of one area registered by translation and averaged."
  EXCLUDE_FROM_DEFAULT)
