# Finds LibTorch for the module DeepRegression. Sets FERROSCOPE_WITH_TORCH; without LibTorch the module and the commands
# that need it are left out, and everything else is built as usual. TorchConfig.cmake adds to CMAKE_CXX_FLAGS and prints a
# good deal, so the flags are put back and its messages are silenced.
include_guard(GLOBAL)
option(FERROSCOPE_USE_TORCH "Build the neural networks (module DeepRegression), which need LibTorch" ON)

set(FERROSCOPE_WITH_TORCH FALSE)
if(FERROSCOPE_USE_TORCH)
  set(_flags "${CMAKE_CXX_FLAGS}")
  set(_level "${CMAKE_MESSAGE_LOG_LEVEL}")
  set(CMAKE_MESSAGE_LOG_LEVEL ERROR)
  find_package(Torch QUIET)
  set(CMAKE_MESSAGE_LOG_LEVEL "${_level}")
  set(CMAKE_CXX_FLAGS "${_flags}")
  if(TORCH_FOUND OR Torch_FOUND)
    set(FERROSCOPE_WITH_TORCH TRUE)
    message(STATUS "Neural networks: LibTorch ${Torch_VERSION} in ${Torch_DIR}")
  else()
    message(STATUS "Neural networks: left out, because LibTorch was not found (Debian: libtorch-dev; elsewhere set "
                   "CMAKE_PREFIX_PATH to it)")
  endif()
else()
  message(STATUS "Neural networks: left out, because FERROSCOPE_USE_TORCH is OFF")
endif()
