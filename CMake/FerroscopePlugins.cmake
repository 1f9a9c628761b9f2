# ferroscope_add_plugin(<name> SOURCES <files> [LINK <targets>])
#
# Builds a plugin library and the manifest beside it. Inside Ferroscope's own tree it lands in the folder
# where the program looks and is installed with it. In a project of your own, which has found an
# installed Ferroscope by find_package(Ferroscope COMPONENTS PluginFramework ...), it lands in the build folder,
# and 'cmake --install' puts it into your own plugin folder.
include_guard(GLOBAL)

function(ferroscope_add_plugin name)
  cmake_parse_arguments(plugin "" "" "SOURCES;LINK" ${ARGN})
  if(NOT plugin_SOURCES OR plugin_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "ferroscope_add_plugin(<name> SOURCES <files> [LINK <targets>]): "
                        "no sources, or unknown words: ${plugin_UNPARSED_ARGUMENTS}")
  endif()
  add_library(${name} MODULE ${plugin_SOURCES})
  target_link_libraries(${name} PRIVATE Ferroscope::PluginFramework ${plugin_LINK})
  target_compile_features(${name} PRIVATE cxx_std_17)
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" CXX_VISIBILITY_PRESET hidden)
  # The build-id tells whether the manifest belongs to the library.
  target_link_options(${name} PRIVATE LINKER:--build-id=sha1)

  if(COMMAND ferroscope_set_compile_options)
    ferroscope_set_compile_options(${name})
    set(program ferroscope)
    set(destination ${CMAKE_INSTALL_LIBDIR}/Ferroscope/Plugins)
    set(folder "${CMAKE_BINARY_DIR}/${CMAKE_INSTALL_LIBDIR}/Ferroscope/Plugins")
    add_dependencies(${name} ferroscope)
  else()
    set(program Ferroscope::ferroscope)
    if(DEFINED ENV{XDG_DATA_HOME})
      set(destination "$ENV{XDG_DATA_HOME}/ferroscope/plugins")
    else()
      set(destination "$ENV{HOME}/.local/share/ferroscope/plugins")
    endif()
    set(folder "${CMAKE_BINARY_DIR}")
    set_target_properties(${name} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  endif()
  # The same folder for every build type of a multi-configuration generator: the expression prevents subfolders.
  set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "$<1:${folder}>")

  add_custom_command(
    TARGET ${name}
    POST_BUILD
    COMMAND ${program} --write-manifest $<TARGET_FILE:${name}>
    BYPRODUCTS "${folder}/${name}.json" # CMake does not ask a target for its folder here
    COMMENT "Writing the manifest of the plugin ${name}"
    VERBATIM)
  install(TARGETS ${name} LIBRARY DESTINATION ${destination})
  install(FILES ${folder}/${name}.json DESTINATION ${destination})
endfunction()
