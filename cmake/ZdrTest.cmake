# Tests: GoogleTest programs whose cases ctest runs one by one and side by side.
find_package(GTest REQUIRED)
include(GoogleTest)

# zdr_test(NAME SOURCES... LIBRARIES... [LABELS ...]): a GoogleTest program; every test of it becomes a ctest test.
function(zdr_test name)
    cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES;LABELS" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} GTest::gtest_main)
    gtest_discover_tests(${name} PROPERTIES LABELS "${arg_LABELS}" DISCOVERY_MODE PRE_TEST)
endfunction()
