dnl SPDX-License-Identifier: Apache-2.0
dnl CMEKD_C_FLAGS(VARIABLE, FLAGS): each compiler flag that works alone is added to VARIABLE.
AC_DEFUN([CMEKD_C_FLAGS], [
	for cmekd_flag in m4_normalize([$2]); do
		AC_MSG_CHECKING([whether $CC accepts $cmekd_flag])
		cmekd_saved="$CFLAGS"
		CFLAGS="-Werror $cmekd_flag"
		AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int answer(void); int answer(void) { return 42; }]])],
			[AC_MSG_RESULT([yes])
			$1="${$1:+$$1 }$cmekd_flag"],
			[AC_MSG_RESULT([no])])
		CFLAGS="$cmekd_saved"
	done
	AC_SUBST([$1])
])

dnl CMEKD_LD_FLAGS(VARIABLE, FLAGS): the same for the linker.
AC_DEFUN([CMEKD_LD_FLAGS], [
	for cmekd_flag in m4_normalize([$2]); do
		AC_MSG_CHECKING([whether the linker accepts $cmekd_flag])
		cmekd_saved="$LDFLAGS" cmekd_saved_c="$CFLAGS"
		CFLAGS="-Werror -fPIE" LDFLAGS="$cmekd_flag"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
			[AC_MSG_RESULT([yes])
			$1="${$1:+$$1 }$cmekd_flag"],
			[AC_MSG_RESULT([no])])
		LDFLAGS="$cmekd_saved" CFLAGS="$cmekd_saved_c"
	done
	AC_SUBST([$1])
])

dnl CMEKD_SANITIZERS(C_VARIABLE, LD_VARIABLE, FLAG): must work, for a tree that was asked to find errors and cannot
dnl is worse than none.
AC_DEFUN([CMEKD_SANITIZERS], [
	AC_MSG_CHECKING([whether $CC links with $3])
	cmekd_saved="$LDFLAGS" cmekd_saved_c="$CFLAGS"
	CFLAGS="$CFLAGS -fPIE $3" LDFLAGS="-pie $3"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
		[AC_MSG_RESULT([yes])
		$1="${$1:+$$1 }$3"
		$2="${$2:+$$2 }$3 -pie"],
		[AC_MSG_RESULT([no])
		AC_MSG_ERROR([--enable-sanitizers: install the sanitizer libraries of $CC (Debian: libasan8, libubsan1)])])
	LDFLAGS="$cmekd_saved" CFLAGS="$cmekd_saved_c"
	AC_SUBST([$1])
	AC_SUBST([$2])
])

dnl CMEKD_CPP_FORTIFY(VARIABLE): the highest _FORTIFY_SOURCE that compiles with the user's CFLAGS. Without
dnl optimisation glibc warns and does nothing: then there is none.
AC_DEFUN([CMEKD_CPP_FORTIFY], [
	for cmekd_level in 3 2; do
		AC_MSG_CHECKING([whether _FORTIFY_SOURCE=$cmekd_level works])
		cmekd_saved="$CFLAGS"
		CFLAGS="$CFLAGS -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$cmekd_level"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]], [])], [cmekd_ok=yes], [cmekd_ok=no])
		CFLAGS="$cmekd_saved"
		AC_MSG_RESULT([$cmekd_ok])
		AS_IF([test $cmekd_ok = yes],
			[$1="${$1:+$$1 }-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$cmekd_level"; break])
	done
	AC_SUBST([$1])
])

dnl CMEKD_PREFIX_MAP(VARIABLE): __FILE__ and debug information name sources from the top of the tree.
AC_DEFUN([CMEKD_PREFIX_MAP], [
	AC_MSG_CHECKING([whether $CC accepts -ffile-prefix-map])
	cmekd_saved="$CFLAGS"
	CFLAGS="-Werror -ffile-prefix-map=/nowhere/="
	AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int answer(void); int answer(void) { return 42; }]])],
		[AC_MSG_RESULT([yes])
		$1='-ffile-prefix-map=$(top_srcdir)/= -ffile-prefix-map=$(abs_top_srcdir)/= -ffile-prefix-map=$(abs_top_builddir)=.'],
		[AC_MSG_RESULT([no])])
	CFLAGS="$cmekd_saved"
	AC_SUBST([$1])
])
