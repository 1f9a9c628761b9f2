# ferroscope_add_plugin(<name> SOURCES <files> [LINK <targets>]): builds a plugin library. Inside the
# tree it lands beside the program; from an installed Ferroscope it lands in the build folder.
include_guard(GLOBAL)

function(ferroscope_add_plugin name)
  cmake_parse_arguments(plugin "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} MODULE ${plugin_SOURCES})
  target_link_libraries(${name} PRIVATE Ferroscope::PluginFramework ${plugin_LINK})
  set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden)
endfunction()
