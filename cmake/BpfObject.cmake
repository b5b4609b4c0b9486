# BPF C to an object (clang), objects to one (bpftool gen object), and that to a C skeleton header, each with its
# dependencies known to Ninja and make.
find_program(CLANG NAMES clang clang-14 REQUIRED)
find_program(BPFTOOL bpftool PATHS /usr/sbin /sbin REQUIRED)

# bpf_skeleton(NAME SOURCE...): a target NAME whose users see NAME.skel.h.
function(bpf_skeleton name)
    set(objects)
    foreach(source IN LISTS ARGN)
        set(input ${CMAKE_CURRENT_SOURCE_DIR}/${source})
        set(object ${CMAKE_CURRENT_BINARY_DIR}/${source}.o)
        add_custom_command(
            OUTPUT ${object}
            COMMAND ${CLANG} -target bpf -mcpu=v3 -O2 -g -std=gnu17 -Wall -Wextra -Wshadow $<$<BOOL:${ZDR_WERROR}>:-Werror>
                    -I ${PROJECT_SOURCE_DIR}/bpf/include -idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
                    -MD -MF ${object}.d -MT ${object} -c ${input} -o ${object}
            DEPENDS ${input}
            DEPFILE ${object}.d
            COMMENT "BPF ${source}"
            COMMAND_EXPAND_LISTS
            VERBATIM)
        list(APPEND objects ${object})
    endforeach()
    set(linked ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
    set(skeleton ${CMAKE_CURRENT_BINARY_DIR}/skeleton/${name}.skel.h)
    add_custom_command(
        OUTPUT ${skeleton}
        COMMAND ${BPFTOOL} gen object ${linked} ${objects}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/skeleton
        COMMAND ${BPFTOOL} gen skeleton ${linked} name ${name} > ${skeleton}
        DEPENDS ${objects}
        COMMENT "BPF skeleton ${name}"
        VERBATIM)
    add_custom_target(${name}_generate DEPENDS ${skeleton})
    add_library(${name} INTERFACE)
    add_dependencies(${name} ${name}_generate)
    target_include_directories(${name} SYSTEM INTERFACE ${CMAKE_CURRENT_BINARY_DIR}/skeleton)
    target_link_libraries(${name} INTERFACE bpf_static)
endfunction()
