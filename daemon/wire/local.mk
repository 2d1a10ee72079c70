# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += libwire.a
libwire_a_SOURCES = \
	daemon/wire/aws_answer.c daemon/wire/aws_answer.h \
	daemon/wire/aws_endpoint.c daemon/wire/aws_endpoint.h \
	daemon/wire/aws_error.c daemon/wire/aws_error.h \
	daemon/wire/aws_files.c daemon/wire/aws_files.h \
	daemon/wire/aws_temporary.c daemon/wire/aws_temporary.h \
	daemon/wire/complaints.c daemon/wire/complaints.h \
	daemon/wire/config.c daemon/wire/config.h \
	daemon/wire/config_files.c daemon/wire/config_files.h \
	daemon/wire/config_reader.c daemon/wire/config_reader.h \
	daemon/wire/config_value.c daemon/wire/config_value.h \
	daemon/wire/hint.c daemon/wire/hint.h \
	daemon/wire/http_answer.c daemon/wire/http_answer.h \
	daemon/wire/ini.c daemon/wire/ini.h \
	daemon/wire/json_answer.c daemon/wire/json_answer.h \
	daemon/wire/kms_api.c daemon/wire/kms_api_grants.c daemon/wire/kms_api.h \
	daemon/wire/settings_table.c daemon/wire/settings_table.h \
	daemon/wire/sqs.c daemon/wire/sqs.h \
	daemon/wire/sts.c daemon/wire/sts.h \
	daemon/wire/tidb_api.c daemon/wire/tidb_api.h \
	daemon/wire/tidb_dedicated.c daemon/wire/tidb_dedicated.h \
	daemon/wire/tidb_page.c daemon/wire/tidb_page.h \
	daemon/wire/tidb_v1beta.c daemon/wire/tidb_v1beta.h \
	daemon/wire/trouble.c daemon/wire/trouble.h \
	daemon/wire/url.c daemon/wire/url.h \
	daemon/wire/xml_tag.c daemon/wire/xml_tag.h
