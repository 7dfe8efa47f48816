/* Symbols and sale conditions that came before, as the Python values they were made into: the same few come again and
 * again. A table of a fixed size, where a newcomer takes the place of whoever stands in its way. */
#ifndef HFTD_KEPT_H
#define HFTD_KEPT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "json.h"

/* FNV-1a, 32 bits. */
static inline uint32_t text_hash(const char *start, int length)
{
    uint32_t sum = 2166136261u;
    for (int at = 0; at < length; at++)
        sum = (sum ^ (unsigned char)start[at]) * 16777619u;
    return sum ^ sum >> 16;
}

/* The letters as a str; borrowed, until the next call. NULL and an exception where there is no memory. */
PyObject *kept_str(struct text text);

/* A JSON array of strings, as a tuple of str; borrowed, until the next call. *at moves behind it. NULL where it is
 * anything else or too long, with an exception where there is no memory. */
PyObject *kept_tuple(const char **at);

#endif
