# pop3ana_warnings: the warnings of this project, for its own targets only:
#     target_link_libraries(<target> PRIVATE pop3ana_warnings)
# What turns them into errors is the preset (CMAKE_COMPILE_WARNING_AS_ERROR), so that a newer compiler
# with a new warning does not break a user's build.
add_library(pop3ana_warnings INTERFACE)
target_compile_options(pop3ana_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wformat=2 -Wundef
    -Wimplicit-fallthrough -Wmissing-declarations
    $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
    $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>
    $<$<COMPILE_LANGUAGE:CXX>:-Wextra-semi>
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>)
