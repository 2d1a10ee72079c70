dnl SPDX-License-Identifier: Apache-2.0
dnl CMEKD_C_FLAGS(VARIABLE, FLAGS): each compiler flag that works alone is added to VARIABLE.
AC_DEFUN([CMEKD_C_FLAGS], [
	for cmekd_flag in $2; do
		AC_MSG_CHECKING([whether $CC accepts $cmekd_flag])
		cmekd_saved="$CFLAGS"
		CFLAGS="-Werror $cmekd_flag"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
			[AC_MSG_RESULT([yes]); $1="$$1 $cmekd_flag"], [AC_MSG_RESULT([no])])
		CFLAGS="$cmekd_saved"
	done
	AC_SUBST([$1])
])

dnl CMEKD_LD_FLAGS(VARIABLE, FLAGS): the same for the linker.
AC_DEFUN([CMEKD_LD_FLAGS], [
	for cmekd_flag in $2; do
		AC_MSG_CHECKING([whether the linker accepts $cmekd_flag])
		cmekd_saved="$LDFLAGS" cmekd_saved_c="$CFLAGS"
		CFLAGS="-Werror -fPIE" LDFLAGS="$cmekd_flag"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
			[AC_MSG_RESULT([yes]); $1="$$1 $cmekd_flag"], [AC_MSG_RESULT([no])])
		LDFLAGS="$cmekd_saved" CFLAGS="$cmekd_saved_c"
	done
	AC_SUBST([$1])
])

dnl CMEKD_CPP_FORTIFY(VARIABLE): the highest _FORTIFY_SOURCE that compiles, unless the user set one or
dnl does not optimise (glibc then only warns).
AC_DEFUN([CMEKD_CPP_FORTIFY], [
	for cmekd_level in 3 2; do
		AC_MSG_CHECKING([whether _FORTIFY_SOURCE=$cmekd_level works])
		cmekd_saved="$CFLAGS"
		CFLAGS="$CFLAGS -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$cmekd_level"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]], [])], [cmekd_ok=yes], [cmekd_ok=no])
		CFLAGS="$cmekd_saved"
		AC_MSG_RESULT([$cmekd_ok])
		AS_IF([test $cmekd_ok = yes],
			[$1="$$1 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$cmekd_level"; break])
	done
	AC_SUBST([$1])
])
