# Compiler settings of Ferroscope's own targets: warnings, sanitizers.
include_guard(GLOBAL)

find_program(FERROSCOPE_CCACHE ccache)
if(FERROSCOPE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${FERROSCOPE_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER "${FERROSCOPE_CCACHE}")
endif()

if(FERROSCOPE_SANITIZE)
  # GCC sees uninitialized members in std::regex and std::function where the sanitizers' code stands in between.
  add_compile_options(-fsanitize=${FERROSCOPE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined
                      $<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized>)
  add_link_options(-fsanitize=${FERROSCOPE_SANITIZE})
endif()

if(FERROSCOPE_BUILD_FUZZERS)
  # Clang is for the fuzzers only. The headers of Debian's ITK 5.2 know compilers by their names, and not this one.
  add_compile_options($<$<COMPILE_LANG_AND_ID:CXX,Clang>:-U__clang__> $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-fgnuc-version=9.5.0>)
endif()

# ferroscope_set_compile_options(<target>): the warnings that every target of ours is built with.
function(ferroscope_set_compile_options target)
  target_compile_options(
    ${target} PRIVATE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                      $<$<BOOL:${FERROSCOPE_WARNINGS_AS_ERRORS}>:-Werror>)
endfunction()
