# Builds folders in the shape of ITK modules (itk-module.cmake, include, src, test) against an
# installed ITK. Debian's ITK does not ship ITK's own module machinery; the same folders also work
# inside an ITK source tree, where ITK's macros of the same names take over.
include_guard(GLOBAL)
include(CMakePackageConfigHelpers)
include(GenerateExportHeader)

# Called by <Module>/itk-module.cmake. Records what the module needs.
macro(itk_module _name)
  set(itk-module ${_name})
  cmake_parse_arguments(_module "EXCLUDE_FROM_DEFAULT;ENABLE_SHARED" "DESCRIPTION"
                        "DEPENDS;PRIVATE_DEPENDS;COMPILE_DEPENDS;TEST_DEPENDS;FACTORY_NAMES" ${ARGN})
  set(ITK_MODULE_${_name}_DEPENDS ${_module_DEPENDS})
  set(ITK_MODULE_${_name}_PRIVATE_DEPENDS ${_module_PRIVATE_DEPENDS})
  set(ITK_MODULE_${_name}_TEST_DEPENDS ${_module_TEST_DEPENDS})
endmacro()

# Links <target> to modules of ours or of ITK. ITK 5.2 has no usage requirements on its targets, so
# include folders come from itk_module_config, as system headers.
function(ferroscope_link target visibility)
  set(from_itk "")
  foreach(dependency IN LISTS ARGN)
    if(dependency IN_LIST FERROSCOPE_MODULES)
      target_link_libraries(${target} ${visibility} ${dependency})
    else()
      list(APPEND from_itk ${dependency})
    endif()
  endforeach()
  if(from_itk)
    itk_module_config(_config ${from_itk})
    target_include_directories(${target} SYSTEM ${visibility} ${_config_INCLUDE_DIRS})
    target_link_libraries(${target} ${visibility} ${_config_LIBRARIES})
  endif()
endfunction()

# Called by <Module>/CMakeLists.txt.
macro(itk_module_impl)
  include(itk-module.cmake)
  set(${itk-module}_SOURCE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  set(${itk-module}_BINARY_DIR "${CMAKE_CURRENT_BINARY_DIR}")
  add_subdirectory(src)
  install(
    DIRECTORY include/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/Ferroscope
    FILES_MATCHING
    PATTERN "*.h"
    PATTERN "*.hxx")
  if(BUILD_TESTING AND EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/test/CMakeLists.txt")
    add_subdirectory(test)
  endif()
  if(FERROSCOPE_BUILD_BENCHMARKS AND EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/benchmark/CMakeLists.txt")
    add_subdirectory(benchmark)
  endif()
endmacro()

# Called by <Module>/src/CMakeLists.txt.
function(itk_module_add_library _name)
  add_library(${_name} ${ARGN})
  string(REGEX REPLACE "^Ferroscope" "" component ${_name})
  add_library(Ferroscope::${component} ALIAS ${_name})
  generate_export_header(${_name} EXPORT_FILE_NAME "${${_name}_BINARY_DIR}/include/${_name}Export.h"
                         EXPORT_MACRO_NAME ${_name}_EXPORT NO_EXPORT_MACRO_NAME ${_name}_HIDDEN)
  install(FILES "${${_name}_BINARY_DIR}/include/${_name}Export.h"
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/Ferroscope)
  target_include_directories(
    ${_name}
    PUBLIC $<BUILD_INTERFACE:${${_name}_SOURCE_DIR}/include> $<BUILD_INTERFACE:${${_name}_BINARY_DIR}/include>
           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/Ferroscope>)
  target_compile_features(${_name} PUBLIC cxx_std_17)
  ferroscope_set_compile_options(${_name})
  set_target_properties(
    ${_name}
    PROPERTIES EXPORT_NAME ${component}
               SOVERSION ${Ferroscope_VERSION_MAJOR}.${Ferroscope_VERSION_MINOR}
               VERSION ${Ferroscope_VERSION}
               CXX_VISIBILITY_PRESET hidden
               VISIBILITY_INLINES_HIDDEN OFF)
  ferroscope_link(${_name} PUBLIC ${ITK_MODULE_${_name}_DEPENDS})
  ferroscope_link(${_name} PRIVATE ${ITK_MODULE_${_name}_PRIVATE_DEPENDS})
  install(TARGETS ${_name} EXPORT FerroscopeTargets)
endfunction()

macro(itk_module_test)
  set(itk-module-test ${itk-module}-Test)
endmacro()

# Same call as ITK's: creategoogletestdriver(<Module> "<libraries>" "<sources>").
function(creategoogletestdriver KIT KIT_LIBS)
  set(driver ${KIT}GTestDriver)
  add_executable(${driver} ${ARGN})
  ferroscope_set_compile_options(${driver})
  target_link_libraries(${driver} PRIVATE ${KIT} ${KIT_LIBS} GTest::gtest_main)
  ferroscope_link(${driver} PRIVATE ${ITK_MODULE_${KIT}_TEST_DEPENDS})
  string(REGEX REPLACE "^Ferroscope" "" component ${KIT})
  gtest_discover_tests(${driver} TEST_PREFIX "${component}." DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()

# Finds ITK with all that the modules need and adds the modules in the order of their dependencies.
# A macro: the variables that find_package(ITK) sets must reach the caller's scope.
macro(ferroscope_add_modules _folder)
  file(GLOB _files CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" ${_folder}/*/itk-module.cmake)
  if(NOT FERROSCOPE_WITH_TORCH)
    list(FILTER _files EXCLUDE REGEX "/DeepRegression/")
  endif()
  set(_open "")
  set(_needed ITKIOImageBase ITKIONRRD ITKIOMeta)
  foreach(_file IN LISTS _files)
    include("${CMAKE_CURRENT_SOURCE_DIR}/${_file}")
    get_filename_component(_module_folder_${itk-module} "${_file}" DIRECTORY)
    list(APPEND _open ${itk-module})
    list(APPEND _needed ${ITK_MODULE_${itk-module}_DEPENDS} ${ITK_MODULE_${itk-module}_PRIVATE_DEPENDS}
         ${ITK_MODULE_${itk-module}_TEST_DEPENDS})
  endforeach()
  set(FERROSCOPE_MODULES ${_open})
  list(REMOVE_DUPLICATES _needed)
  list(REMOVE_ITEM _needed ${_open})
  find_package(ITK 5.2 REQUIRED COMPONENTS ${_needed})
  set(FERROSCOPE_ITK_COMPONENTS ${_needed})
  while(_open)
    set(_added FALSE)
    foreach(_module IN LISTS _open)
      set(_waits FALSE)
      foreach(_dependency IN LISTS ITK_MODULE_${_module}_DEPENDS ITK_MODULE_${_module}_PRIVATE_DEPENDS)
        if(_dependency IN_LIST _open)
          set(_waits TRUE)
        endif()
      endforeach()
      if(NOT _waits)
        add_subdirectory(${_module_folder_${_module}})
        list(REMOVE_ITEM _open ${_module})
        set(_added TRUE)
      endif()
    endforeach()
    if(NOT _added)
      message(FATAL_ERROR "Modules depend on each other in a circle: ${_open}")
    endif()
  endwhile()
endmacro()

# Adds each folder below <folder> that has a CMakeLists.txt.
function(ferroscope_add_subdirectories folder)
  file(GLOB lists CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" ${folder}/*/CMakeLists.txt)
  foreach(list IN LISTS lists)
    get_filename_component(child "${list}" DIRECTORY)
    add_subdirectory(${child})
  endforeach()
endfunction()

# Exports the targets and writes FerroscopeConfig.cmake.
function(ferroscope_install_package)
  set(folder ${CMAKE_INSTALL_LIBDIR}/cmake/Ferroscope)
  install(EXPORT FerroscopeTargets NAMESPACE Ferroscope:: DESTINATION ${folder})
  configure_package_config_file(CMake/FerroscopeConfig.cmake.in FerroscopeConfig.cmake INSTALL_DESTINATION ${folder})
  write_basic_package_version_file(FerroscopeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/FerroscopeConfig.cmake"
                "${CMAKE_CURRENT_BINARY_DIR}/FerroscopeConfigVersion.cmake" DESTINATION ${folder})
  install(FILES CMake/FerroscopePlugins.cmake DESTINATION ${folder})
endfunction()
