# Read by ctest once it has discovered the tests of remote_tests.
if(remote_tests_TESTS)
    set_tests_properties(${remote_tests_TESTS} PROPERTIES FIXTURES_REQUIRED sandboxes)
endif()
