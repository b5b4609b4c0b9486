# Read by ctest once it has discovered the tests of system_tests and restart_tests.
if(system_tests_TESTS)
    set_tests_properties(${system_tests_TESTS} PROPERTIES FIXTURES_REQUIRED sandboxes)
endif()
if(restart_tests_TESTS)
    set_tests_properties(${restart_tests_TESTS} PROPERTIES FIXTURES_REQUIRED sandboxes)
endif()
