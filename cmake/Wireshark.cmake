# Finds Wireshark, or leaves the file that calls this: `what` is then not built, for lack of `package`.
macro(find_wireshark option what package)
    find_package(Wireshark 4.0 CONFIG QUIET)
    if(NOT Wireshark_FOUND)
        leave_out(${option} "${what}" "${package} 4.0 or newer is")
    endif()
endmacro()
