/* SPDX-License-Identifier: MIT */
/* L1: JSON's tokens: strings and numbers, scanned strictly. Used by the index alone. */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include "json/index.h"

/* p stands after the opening quote. On success *ret_end is the closing quote, *ret_escaped whether there is a backslash. On
 * a fault *ret_end is where it lies. */
enum json_fault text_scan_string(const char *p, const char *end, const char **ret_end, int *ret_escaped);

/* p stands on '-' or a digit. *ret_type is JSON_T_INT or JSON_T_REAL. */
enum json_fault text_scan_number(const char *p, const char *end, const char **ret_end, enum json_type *ret_type);

/* Reads one character of the raw text between quotes, escapes undone: writes its 1 to 4 bytes and returns the rest. */
const char *text_next(const char *p, uint8_t out[4], size_t *ret_len);

#endif
