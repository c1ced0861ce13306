/* SPDX-License-Identifier: MIT */
/*
 * Feeds every file named, or in a folder named, to a fuzz harness, without libFuzzer. Fails when a folder or file cannot be
 * read, or when there was nothing to feed: a corpus that is not there proves nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (1u << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
fail(const char *path, const char *why)
{
	(void)fprintf(stderr, "replay: %s: %s\n", path, why);
	return -1;
}

/* Says which file is under way first, so that a crash names it. */
static int
feed_bytes(const char *path, const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size == 0 ? 1 : size);

	if (exact == NULL)
		return fail(path, "out of memory");
	memcpy(exact, data, size);
	(void)fprintf(stderr, "replay: %s (%zu bytes)\n", path, size);
	(void)LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return 0;
}

static int
feed_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	size_t size;
	int rc;

	if (file == NULL)
		return fail(path, strerror(errno));
	if ((data = malloc(INPUT_MAX)) == NULL) {
		(void)fclose(file);
		return fail(path, "out of memory");
	}
	size = fread(data, 1, INPUT_MAX, file);
	if (ferror(file) != 0)
		rc = fail(path, "cannot be read");
	else if (size == INPUT_MAX)
		rc = fail(path, "is too large");
	else
		rc = feed_bytes(path, data, size);
	(void)fclose(file);
	free(data);
	return rc;
}

/* The number of files fed, or -1. */
static int
feed_folder(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	int fed = 0, rc = 0;

	if (folder == NULL)
		return fail(path, strerror(errno));
	while (rc == 0 && (entry = readdir(folder)) != NULL) {
		char name[4096];

		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) >= (int)sizeof(name))
			rc = fail(path, "a name in it is too long");
		else if ((rc = feed_file(name)) == 0)
			fed++;
	}
	(void)closedir(folder);
	if (rc == 0 && fed == 0)
		rc = fail(path, "the folder is empty");
	return rc != 0 ? -1 : fed;
}

int
main(int argc, char **argv)
{
	int fed = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		int n;

		if (stat(argv[i], &st) != 0) {
			(void)fail(argv[i], strerror(errno));
			return 1;
		}
		n = S_ISDIR(st.st_mode) ? feed_folder(argv[i]) : feed_file(argv[i]) == 0 ? 1 : -1;
		if (n < 0)
			return 1;
		fed += n;
	}
	if (fed == 0) {
		(void)fail("no input", "name a file or a folder of them");
		return 1;
	}
	(void)fprintf(stderr, "replay: %d inputs\n", fed);
	return 0;
}
