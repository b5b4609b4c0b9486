# Read by ctest once it has discovered the tests of install_tests.
if(install_tests_TESTS)
    set_tests_properties(${install_tests_TESTS} PROPERTIES FIXTURES_REQUIRED installed)
endif()
