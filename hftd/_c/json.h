/* Values of JSON in the plain form a venue writes them. Each reader moves *at behind what it read and returns 1, or
 * returns 0 where it finds anything else, be it valid or not: the caller then leaves the whole frame to msgspec.
 *
 * What is read ends in a zero byte, as every Python bytes object does, so looking at **at is always allowed. */
#ifndef HFTD_JSON_H
#define HFTD_JSON_H

#include <stdint.h>

struct text {
    const char *start;
    int length;
};

/* The next character, where it is `wanted`. */
int json_is(const char **at, char wanted);

/* A string of ASCII without escapes. */
int json_text(const char **at, struct text *found);

/* A number of at most 18 digits and nothing else. */
int json_whole(const char **at, int64_t *found);

/* A number of at most 15 digits, perhaps with a point: the double next to it, as any correct reader finds. */
int json_decimal(const char **at, double *found);

/* RFC 3339 in UTC, up to nine decimals, as nanoseconds since 1970; years 1970 to 2261. */
int rfc3339_ns(struct text text, int64_t *found);

#endif
