# Takes the two files of the plugin author guide out of its text, builds them against an installed Ferroscope,
# drops the plugin into a folder and runs it on an image with known brightness.
# cmake -DGUIDE= -DPREFIX= -DPROGRAM= -DWORK= -DGENERATOR= -DFLAGS= -P checkAuthorGuide.cmake
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE "${WORK}")
file(READ "${GUIDE}" text)

# extract(<language> <file>): writes the first block of that language.
function(extract language file)
  string(FIND "${text}" "```${language}\n" begin)
  if(begin EQUAL -1)
    message(FATAL_ERROR "The guide has no block of ${language}")
  endif()
  string(SUBSTRING "${text}" ${begin} -1 block)
  string(FIND "${block}" "\n" end)
  math(EXPR end "${end} + 1")
  string(SUBSTRING "${block}" ${end} -1 block)
  string(FIND "${block}" "\n```" end)
  string(SUBSTRING "${block}" 0 ${end} block)
  file(WRITE "${WORK}/source/${file}" "${block}\n")
endfunction()
extract(cmake CMakeLists.txt)
extract(cpp Brightness.cxx)

# run(<status> <command>...): sets output and errors.
function(run expected)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors
                  WORKING_DIRECTORY "${WORK}")
  if(NOT status STREQUAL expected)
    message(FATAL_ERROR "status ${status}, expected ${expected}: ${ARGN}\n${output}\n${errors}")
  endif()
  set(output "${output}" PARENT_SCOPE)
  set(errors "${errors}" PARENT_SCOPE)
endfunction()
function(expect text part)
  string(FIND "${text}" "${part}" position)
  if(position EQUAL -1)
    message(FATAL_ERROR "'${part}' is missing in: ${text}")
  endif()
endfunction()

set(ENV{HOME} "${WORK}/home")
unset(ENV{XDG_DATA_HOME})
unset(ENV{FERROSCOPE_PLUGIN_PATH})
run(0 ${CMAKE_COMMAND} -S source -B build -G ${GENERATOR} -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH=${PREFIX}
    -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF "-DCMAKE_CXX_FLAGS=${FLAGS}")
run(0 ${CMAKE_COMMAND} --build build)
if(NOT EXISTS "${WORK}/build/Brightness.json")
  message(FATAL_ERROR "The build wrote no manifest")
endif()

# A 3 x 4 image as a NumPy file: in a margin of zeros lie the pixels 10 and 20 (mean 15, standard deviation 5).
# CMake cannot write the NUL bytes itself.
run(0 bash -c [[printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': (4, 3), }" >image.npy
printf '\0\0\0\0\x0a\0\0\x14\0\0\0\0' >>image.npy]])
file(COPY "${WORK}/build/Brightness.so" "${WORK}/build/Brightness.json" DESTINATION "${WORK}/dropped")
set(ENV{FERROSCOPE_PLUGIN_PATH} "${WORK}/dropped")
run(0 ${PROGRAM} list)
expect("${output}" "brightness")
run(0 ${PROGRAM} brightness --help)
expect("${output}" "--margin-percent % ")
expect("${output}" "0 to 49 %")
expect("${output}" "--pixel-size-nm")
run(0 ${PROGRAM} brightness image.npy --margin-percent 40)
expect("${output}" "mean 15\nstandard deviation 5\n")
run(0 ${PROGRAM} brightness image.npy --marginPercent=0)
expect("${output}" "mean 2.5\n")
run(2 ${PROGRAM} brightness image.npy --margin-percent 70)
expect("${errors}" "70 % is outside the allowed range, 0 to 49 %")
run(3 ${PROGRAM} brightness nowhere.dm4)
expect("${errors}" "nowhere.dm4")
run(0 ${PROGRAM} brightness --xml)
expect("${output}" "<name>marginPercent</name>")

# As the guide says, 'cmake --install' puts it where it is found by itself.
unset(ENV{FERROSCOPE_PLUGIN_PATH})
run(0 ${CMAKE_COMMAND} --build build)
run(0 ${CMAKE_COMMAND} --install build)
if(NOT EXISTS "${WORK}/home/.local/share/ferroscope/plugins/Brightness.so")
  message(FATAL_ERROR "cmake --install did not put the plugin into the user's folder")
endif()
run(0 ${PROGRAM} brightness image.npy --margin-percent 40)
expect("${output}" "mean 15")
