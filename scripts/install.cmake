# What `cmake --install BUILD [--prefix DIR]` puts where, beside the program: the manual page and the shell completions.
# Packagers may give -DBRIG_COMMIT=TEXT for `brig --version`; otherwise git is asked on every build.

# ---- the commit, for brig --version

set(BRIG_COMMIT "" CACHE STRING "The commit that brig --version shows; empty: ask git")
set(generated ${CMAKE_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${generated})
add_custom_target(brig_commit
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DOUTPUT=${generated}/brig_commit.h -DCOMMIT=${BRIG_COMMIT}
          -P ${CMAKE_SOURCE_DIR}/scripts/write-commit.cmake
  BYPRODUCTS ${generated}/brig_commit.h
  VERBATIM)
add_dependencies(brig_cli brig_commit)
target_include_directories(brig_cli PRIVATE ${generated})

# ---- the manual page

install(FILES ${CMAKE_SOURCE_DIR}/docs/man/brig.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

# ---- completions, which the program itself writes

set(completions ${CMAKE_BINARY_DIR}/completions)
file(MAKE_DIRECTORY ${completions})
set(scripts)
foreach(pair bash=brig zsh=_brig fish=brig.fish)
  string(REPLACE "=" ";" pair ${pair})
  list(GET pair 0 shell)
  list(GET pair 1 name)
  set(script ${completions}/${shell}/${name})
  file(MAKE_DIRECTORY ${completions}/${shell})
  add_custom_command(OUTPUT ${script} COMMAND brig completion ${shell} > ${script} DEPENDS brig VERBATIM)
  list(APPEND scripts ${script})
endforeach()
add_custom_target(completions ALL DEPENDS ${scripts})

install(FILES ${completions}/bash/brig DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${completions}/zsh/_brig DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${completions}/fish/brig.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
