# cmake -DBUILD= -DPREFIX= -P installTree.cmake: installs the build into an empty folder.
file(REMOVE_RECURSE "${PREFIX}")
# DESTDIR of a packager must not lead the installation elsewhere.
unset(ENV{DESTDIR})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX} RESULT_VARIABLE status
                OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "cmake --install failed (${status}):\n${output}")
endif()
