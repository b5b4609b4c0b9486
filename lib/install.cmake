# libzdr for other programs: the archive, its public headers, and how CMake (zdr::zdr) and pkg-config find them. The
# component devel, so that a package of the programs can do without.
include(CMakePackageConfigHelpers)

# A header that is not here is the library's own. So are those that say how control does its work: checks_of,
# haproxy_view, min_ready, newcomers, pending_server, serving_servers, wait_for_health, and of a restart all but what is
# asked and what becomes of it.
target_sources(zdr PUBLIC FILE_SET HEADERS BASE_DIRS ${CMAKE_CURRENT_SOURCE_DIR} FILES
    zdr/base/boot_clock.h
    zdr/base/duration.h
    zdr/base/error.h
    zdr/base/unique_fd.h
    zdr/net/endpoint.h
    zdr/model/acknowledgement.h
    zdr/model/checkers.h
    zdr/model/flip.h
    zdr/model/health_check.h
    zdr/model/process_identity.h
    zdr/model/server.h
    zdr/model/server_changes.h
    zdr/config/config.h
    zdr/haproxy/runtime_socket.h
    zdr/kernel/access.h
    zdr/kernel/server_table.h
    zdr/kernel/sessions.h
    zdr/kernel/state_dir.h
    zdr/control/change_servers.h
    zdr/control/context.h
    zdr/control/flip_servers.h
    zdr/control/lease.h
    zdr/control/patterns.h
    zdr/control/server_lookup.h
    zdr/control/set_state.h
    zdr/control/wait_for_checkers.h
    zdr/control/wait_for_idle.h
    zdr/control/restart/restart_event.h
    zdr/control/restart/restart_request.h
    zdr/control/restart/restart_servers.h)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/zdr)
install(TARGETS zdr EXPORT zdrTargets ARCHIVE COMPONENT devel FILE_SET HEADERS COMPONENT devel)
install(EXPORT zdrTargets NAMESPACE zdr:: DESTINATION ${package} COMPONENT devel)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/zdrConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/zdrConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/zdrConfigVersion.cmake
    DESTINATION ${package} COMPONENT devel)

# From where zdr.pc is, so that the prefix can be moved. Of full paths, since whoever builds a package may give these.
set(prefix ${CMAKE_INSTALL_PREFIX})
file(RELATIVE_PATH pc_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${prefix})
file(RELATIVE_PATH pc_libdir ${prefix} ${CMAKE_INSTALL_FULL_LIBDIR})
file(RELATIVE_PATH pc_includedir ${prefix} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
configure_file(${PROJECT_SOURCE_DIR}/cmake/zdr.pc.in ${CMAKE_CURRENT_BINARY_DIR}/zdr.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/zdr.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT devel)
