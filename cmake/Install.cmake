# What other programs need to find the installed library: pkg-config's pop3ana.pc and the CMake
# package pop3ana with the target pop3ana::pop3ana. core/ installs the library and its header.
include(CMakePackageConfigHelpers)

set(pop3ana_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/pop3ana")

# pkg-config files hold paths relative to the prefix unless the user asked for absolute folders.
foreach(kind LIBDIR INCLUDEDIR)
    if(IS_ABSOLUTE "${CMAKE_INSTALL_${kind}}")
        set(POP3ANA_PC_${kind} "${CMAKE_INSTALL_${kind}}")
    else()
        set(POP3ANA_PC_${kind} "\${prefix}/${CMAKE_INSTALL_${kind}}")
    endif()
endforeach()
configure_file("${PROJECT_SOURCE_DIR}/cmake/pop3ana.pc.in" "${PROJECT_BINARY_DIR}/pop3ana.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/pop3ana.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/pop3anaConfig.cmake.in"
    "${PROJECT_BINARY_DIR}/pop3anaConfig.cmake" INSTALL_DESTINATION "${pop3ana_cmake_dir}"
    NO_SET_AND_CHECK_MACRO)
# Until 1.0 a minor version may break; from then on a major one.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/pop3anaConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/pop3anaConfig.cmake"
    "${PROJECT_BINARY_DIR}/pop3anaConfigVersion.cmake" DESTINATION "${pop3ana_cmake_dir}")
install(EXPORT pop3anaTargets NAMESPACE pop3ana:: DESTINATION "${pop3ana_cmake_dir}")
