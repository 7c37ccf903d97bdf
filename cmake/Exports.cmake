# export_only(<target> <map>): the library exports what the linker's version script lists. Where the linker
# takes none, as on macOS and Windows, the visibility of symbols decides alone.
include(CheckLinkerFlag)

function(export_only target map)
    check_linker_flag(CXX "LINKER:--version-script=${map}" POP3ANA_HAS_VERSION_SCRIPTS)
    if(POP3ANA_HAS_VERSION_SCRIPTS)
        target_link_options("${target}" PRIVATE "LINKER:--version-script=${map}")
        set_property(TARGET "${target}" PROPERTY LINK_DEPENDS "${map}")
    endif()
endfunction()
