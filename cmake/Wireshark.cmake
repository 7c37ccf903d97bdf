# What is built where Wireshark's headers are.

# A cache variable that is ON (if the headers are found), OFF, or REQUIRED (fail without them).
function(add_wireshark_option name help)
    set(${name} ON CACHE STRING "${help}")
    set_property(CACHE ${name} PROPERTY STRINGS ON OFF REQUIRED)
    if(NOT ${name} MATCHES "^(ON|OFF|REQUIRED)$")
        message(FATAL_ERROR "${name} is ON, OFF or REQUIRED, not \"${${name}}\"")
    endif()
endfunction()

# Finds Wireshark, or leaves the file that calls this: `what` is then not built, for lack of `package`.
macro(find_wireshark option what package)
    find_package(Wireshark 4.0 CONFIG QUIET)
    if(NOT Wireshark_FOUND)
        if(${option} STREQUAL "REQUIRED")
            message(FATAL_ERROR "${option}=REQUIRED, but ${package} 4.0 or newer is not installed")
        endif()
        message(STATUS "No ${what}: ${package} 4.0 or newer is not installed")
        return()
    endif()
endmacro()
