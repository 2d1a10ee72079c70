# SPDX-License-Identifier: Apache-2.0
# Interface files as C: one string each, named after its file. awk -f embed.awk FILE... > interface_text.c
BEGIN {
	print "/* made by embed.awk: do not edit */"
	print "#include \"proto/interface.h\""
}
FNR == 1 {
	if (NR > 1)
		print "\t;"
	name = FILENAME
	sub(/.*\//, "", name)
	sub(/\.varlink$/, "", name)
	gsub(/\./, "_", name)
	print "const char interface_" name "[] ="
}
{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	gsub(/\t/, "\\t")
	print "\t\"" $0 "\\n\""
}
END {
	print "\t;"
}
