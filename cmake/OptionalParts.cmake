# What is built where others' headers are.

# A cache variable that is ON (if the headers are found), OFF, or REQUIRED (fail without them).
function(add_part_option name help)
    set(${name} ON CACHE STRING "${help}: ON (if they are found), OFF, or REQUIRED (fail without them)")
    set_property(CACHE ${name} PROPERTY STRINGS ON OFF REQUIRED)
    if(NOT ${name} MATCHES "^(ON|OFF|REQUIRED)$")
        message(FATAL_ERROR "${name} is ON, OFF or REQUIRED, not \"${${name}}\"")
    endif()
endfunction()

# Leaves the file that calls this: `what` is not built, for lack of `packages`.
macro(leave_out option what packages)
    if(${option} STREQUAL "REQUIRED")
        message(FATAL_ERROR "${option}=REQUIRED, but ${packages} not installed")
    endif()
    message(STATUS "No ${what}: ${packages} not installed")
    return()
endmacro()
