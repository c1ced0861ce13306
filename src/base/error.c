/* SPDX-License-Identifier: MIT */
/* L0: the two tables of sess/error.h, looked up. */
#include <sess/error.h>

struct code_row {
	int code;
	sess_error_class cls;
	int exit_status;
	const char *name, *sentence;
};

static const struct code_row codes[] = {
	{ 0, SESS_CLASS_NONE, 0, "OK", "all is well" },
#define SESS_X(name, value, cls, exit_status, sentence) { value, SESS_CLASS_##cls, exit_status, #name, sentence },
	SESS_ERROR_TABLE(SESS_X)
#undef SESS_X
};

struct reason_row {
	uint32_t bit;
	int step, exit_status;
	const char *name, *sentence;
};

static const struct reason_row reasons[] = {
#define SESS_X(name, bit, step, exit_status, sentence) { UINT32_C(1) << (bit), step, exit_status, #name, sentence },
	SESS_REASON_TABLE(SESS_X)
#undef SESS_X
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

_Static_assert(COUNT(reasons) == SESS_REASON_COUNT, "SESS_REASON_COUNT counts the rows");

#define EXIT_INTERNAL 10

static const struct code_row *
find_code(int code)
{
	static const struct code_row unknown = { 1, SESS_CLASS_NONE, EXIT_INTERNAL, "UNKNOWN", "an unknown error" };

	for (size_t i = 0; i < COUNT(codes); i++) {
		if (codes[i].code == code)
			return &codes[i];
	}
	return &unknown;
}

static const struct reason_row *
find_reason(uint32_t reason)
{
	static const struct reason_row unknown = { 0, 0, EXIT_INTERNAL, "UNKNOWN", "an unknown reason" };

	for (size_t i = 0; i < COUNT(reasons); i++) {
		if (reasons[i].bit == reason)
			return &reasons[i];
	}
	return &unknown;
}

const char *
sess_error_name(int code)
{
	return find_code(code)->name;
}

const char *
sess_error_sentence(int code)
{
	return find_code(code)->sentence;
}

sess_error_class
sess_error_class_of(int code)
{
	return find_code(code)->cls;
}

const char *
sess_reason_name(uint32_t reason)
{
	return find_reason(reason)->name;
}

const char *
sess_reason_sentence(uint32_t reason)
{
	return find_reason(reason)->sentence;
}

int
sess_reason_step(uint32_t reason)
{
	return find_reason(reason)->step;
}

uint32_t
sess_reason_first(uint32_t set)
{
	const struct reason_row *first = NULL;

	for (size_t i = 0; i < COUNT(reasons); i++) {
		if ((set & reasons[i].bit) != 0 && (first == NULL || reasons[i].step < first->step))
			first = &reasons[i];
	}
	return first == NULL ? 0 : first->bit;
}

int
sess_exit_status(int code, uint32_t set)
{
	uint32_t first = sess_reason_first(set);

	return code == SESS_ERR_REJECTED && first != 0 ? find_reason(first)->exit_status : find_code(code)->exit_status;
}
