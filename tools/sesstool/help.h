/* SPDX-License-Identifier: MIT */
/* The help pages, made from tools/pages/table.py when the tool is built. */
#ifndef SESSTOOL_HELP_H
#define SESSTOOL_HELP_H

struct help_page {
	const char *name; /* what is written after `sesstool help`: "", "mint", "key rotate", "ring"; NULL ends the list */
	const char *text;
};

extern const struct help_page help_pages[];

#endif
