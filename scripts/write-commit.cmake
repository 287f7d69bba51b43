# Writes the commit that is being built to OUTPUT, as a C++ macro; run by every build, so that the text is true also
# when cmake itself did not run. OUTPUT is left alone if nothing changed, so that nothing is compiled again.
#
#   cmake -DSOURCE=DIR -DOUTPUT=FILE [-DCOMMIT=TEXT] -P write-commit.cmake
#
# The same tree gives the same text: no time, no host, no user. Without git, or outside of a repository: "unknown".

if(NOT COMMIT)
  # --git-dir: a source package unpacked inside somebody's repository is not that repository's commit.
  execute_process(
    # No lock: a build must not get in the way of a commit that somebody is making.
    COMMAND ${CMAKE_COMMAND} -E env GIT_OPTIONAL_LOCKS=0
            git --git-dir=${SOURCE}/.git --work-tree=${SOURCE}
            describe --always --dirty --abbrev=40 --exclude=*
    OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    set(COMMIT unknown)
  endif()
endif()

set(text "#define BRIG_COMMIT \"${COMMIT}\"\n")
set(old "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT text STREQUAL old)
  file(WRITE ${OUTPUT} "${text}")
endif()
