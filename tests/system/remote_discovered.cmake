# Read by ctest once it has discovered the tests of these programs.
foreach(program remote_tests remote_host_tests listeners_tests handover_tests)
    if(${program}_TESTS)
        set_tests_properties(${${program}_TESTS} PROPERTIES FIXTURES_REQUIRED sandboxes)
    endif()
endforeach()
