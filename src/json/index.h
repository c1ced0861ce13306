/* SPDX-License-Identifier: MIT */
/*
 * L1: the member index of a payload: one pass over JSON text that must be an object, which validates all of it
 * and records the members of the top level. It accepts a subset of what jansson 2.14 accepts (json_loadb with
 * JSON_REJECT_DUPLICATES), with the same values: strict UTF-8 (no overlongs, no surrogates, nothing past U+10FFFF), escaped
 * surrogates only in pairs, no U+0000 (also not as \u0000), no control characters in strings, no duplicate member names in
 * any object at any depth (compared unescaped), integers that fit int64_t, reals that do not overflow a double, no BOM, no
 * bytes after the closing brace but white space (RFC 8259). Does not allocate and does not recurse. Knows nothing of claims.
 */
#ifndef JSON_INDEX_H
#define JSON_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include <sess/error.h>

#define JSON_MEMBERS_MAX 128 /* of one object */
#define JSON_DEPTH_MAX 16    /* the top-level object is depth 1 */

enum json_type { JSON_T_OBJECT, JSON_T_ARRAY, JSON_T_STRING, JSON_T_INT, JSON_T_REAL, JSON_T_TRUE, JSON_T_FALSE, JSON_T_NULL };

/* One member of the top-level object. Offsets count from the start of the text. */
struct json_member {
	uint32_t name_off; /* first byte after the opening quote */
	uint32_t name_len; /* raw bytes between the quotes */
	uint32_t value_off; /* first byte of the value; of a string, its opening quote */
	uint32_t value_len; /* raw bytes; of a string, with both quotes */
	uint32_t hash;	    /* of the unescaped name */
	uint8_t type;	    /* enum json_type */
	uint8_t name_escaped;  /* 1: the name holds a backslash */
	uint8_t value_escaped; /* 1: a string value that holds a backslash */
};

struct json_limits {
	size_t max_depth;   /* 1..JSON_DEPTH_MAX */
	size_t max_members; /* 1..JSON_MEMBERS_MAX, of each object */
};

/* A set of names, as bits of their hashes: of those that have no bit in it, it certainly holds none. */
struct json_names {
	uint64_t bit[4];
};

/* Why a text was refused. */
enum json_fault {
	JSON_F_NONE, JSON_F_SYNTAX, JSON_F_UTF8, JSON_F_NUL, JSON_F_DUPLICATE, JSON_F_NUMBER, JSON_F_DEPTH, JSON_F_MEMBERS,
	JSON_F_NOT_OBJECT, JSON_F_TOO_LONG
};
/* A sentence for a fault; static. */
const char *json_fault_sentence(enum json_fault fault);

/* Room for the pass, large (it holds the names of all open objects); lives in a work space, needs no initialisation. */
struct json_scratch {
	struct json_member open[(JSON_DEPTH_MAX - 1) * JSON_MEMBERS_MAX]; /* of objects within the outermost one */
};

struct json_index {
	struct json_member member[JSON_MEMBERS_MAX];
	size_t count;
	size_t strings; /* bytes of all members that are strings, raw, and one more for each */
	int is_spaced;	/* there is white space between tokens */
	int is_met;	/* a name that was watched for may be among the members; 0: it is not */
	/* on failure: */
	enum json_fault fault;
	size_t fault_off;
};

/* 0, or SESS_ERR_REJECTED with fault and fault_off set. text_len above UINT32_MAX / 2 is JSON_F_TOO_LONG. */
SESS_CHECKED int json_index_build(const char *text, size_t text_len, const struct json_limits *limits, struct json_scratch *scratch,
    struct json_index *ret_index);

/*
 * The same by a caller who watches for names, and may know how the text begins: `{` and some members, each plain, without white space
 * or escapes in its name, which it has put into ret_index->member itself, and whose names are among those watched.
 */
struct json_begun {
	size_t count;	/* of those members; 0: nothing is known */
	size_t end_off; /* behind the value of the last */
	size_t strings; /* as in the index, of those members */
	struct json_names watched;
};
SESS_CHECKED int json_index_resume(const char *text, size_t text_len, const struct json_limits *limits, struct json_scratch *scratch,
    const struct json_begun *begun, struct json_index *ret_index);

/* The member with this name, or NULL. `members` is an array as recorded above (a session keeps its own copy). */
const struct json_member *json_member_find(const char *text, const struct json_member *members, size_t count, const char *name,
    size_t name_len);

/* Digits only (no sign, no leading zero but "0" itself), at most max. 0 or SESS_ERR_REJECTED. */
SESS_CHECKED int json_member_digits(const char *text, const struct json_member *m, int64_t max, int64_t *ret_value);
/* A JSON_T_INT as jansson would read it. */
SESS_CHECKED int json_member_int(const char *text, const struct json_member *m, int64_t *ret_value);

/* Unescape the raw text between quotes (already validated) into out, which has room for raw_len bytes and does not overlap
 * raw. Returns the bytes written; never more than raw_len. */
size_t json_unescape(char *out, const char *raw, size_t raw_len);

/* Copy valid JSON text without the white space between tokens. out has room for n bytes. Returns the bytes written. */
size_t json_compact(char *out, const char *text, size_t n);

/* Quote UTF-8 text as a JSON string into out (room for 6 * n + 2): escapes `"`, `\` and control characters only. Returns
 * the bytes written. */
size_t json_quote(char *out, const char *utf8, size_t n);
/* Whether n bytes are strict UTF-8 without NUL. */
int json_is_utf8(const char *s, size_t n);

#endif
