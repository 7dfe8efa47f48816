/* Values of JSON in the plain form a venue writes them. Each reader moves *at behind what it read and returns 1, or
 * returns 0 where it finds anything else, be it valid or not: the caller then leaves the whole frame to msgspec.
 *
 * What is read ends in a zero byte, as every Python bytes object does, so looking at **at is always allowed. The
 * readers stand in this header so that the compiler weaves them into the one file that uses them: a call costs what a
 * reader does. */
#ifndef HFTD_JSON_H
#define HFTD_JSON_H

#include <stdint.h>

#define MOST_DIGITS 18
#define EXACT_DIGITS 15
#define MOST_LETTERS 64

struct text {
    const char *start;
    int length;
};

/* Both a whole number of fifteen digits and each of these is exact in a double, so their quotient is rounded once. */
static const double POWERS[EXACT_DIGITS + 1] = {
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
};

static inline int is_digit(char one)
{
    return (unsigned char)(one - '0') < 10;
}

/* Add digits to *number; how many there were. It stops before there are more than `most`. */
static inline int digits(const char **at, int most, int64_t *number)
{
    const char *start = *at, *end = start;
    int64_t sum = *number;
    for (; is_digit(*end) && end - start < most; end++)
        sum = 10 * sum + (*end - '0');
    *number = sum;
    *at = end;
    return (int)(end - start);
}

/* The next character, where it is `wanted`. */
static inline int json_is(const char **at, char wanted)
{
    if (**at != wanted)
        return 0;
    ++*at;
    return 1;
}

/* A string of at most 64 letters of ASCII, without escapes. */
static inline int json_text(const char **at, struct text *found)
{
    if (!json_is(at, '"'))
        return 0;
    const char *start = *at, *end = start;
    while (*end != '"') {
        if ((unsigned char)(*end - 0x20) > 0x7E - 0x20 || *end == '\\' || end - start >= MOST_LETTERS)
            return 0;
        end++;
    }
    *found = (struct text){start, (int)(end - start)};
    *at = end + 1;
    return 1;
}

/* A number of at most 18 digits and nothing else. */
static inline int json_whole(const char **at, int64_t *found)
{
    const char *start = *at;
    *found = 0;
    int count = digits(at, MOST_DIGITS, found);
    return count && !is_digit(**at) && (*start != '0' || count == 1); /* JSON has no 007 */
}

/* A number of at most 15 digits, perhaps with a point: the double next to it, as any correct reader finds. */
static inline int json_decimal(const char **at, double *found)
{
    const char *start = *at;
    int64_t number;
    if (!json_whole(at, &number) || *at - start > EXACT_DIGITS)
        return 0;
    int decimals = 0;
    if (**at == '.') {
        int left = EXACT_DIGITS - (int)(*at - start);
        ++*at;
        decimals = digits(at, left, &number);
        if (!decimals || is_digit(**at))
            return 0;
    }
    *found = (double)number / POWERS[decimals];
    return 1;
}

static inline int pair(const char *at)
{
    return is_digit(at[0]) && is_digit(at[1]) ? 10 * (at[0] - '0') + (at[1] - '0') : -1;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar; -1 where there is no such date. */
static inline int64_t days(int year, int month, int day)
{
    static const int BEFORE[13] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0), last = year - 1;
    if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1)
        return -1;
    if (day > BEFORE[month] - BEFORE[month - 1] + (leap && month == 2))
        return -1;
    int leaps = last / 4 - last / 100 + last / 400 - 477; /* 477 leap days before 1970 */
    return 365 * (int64_t)(year - 1970) + leaps + BEFORE[month - 1] + (leap && month > 2) + day - 1;
}

/* RFC 3339 in UTC, up to nine decimals, in quotes: nanoseconds since 1970; years 1970 to 2261. */
static inline int json_time(const char **at, int64_t *found)
{
    const char *t = *at + 1;
    int century, year, month, day, hour, minute, second;
    /* From left to right, so that nothing looks beyond an end that comes too early. */
    if (t[-1] != '"' || (century = pair(t)) < 0 || (year = pair(t + 2)) < 0 || t[4] != '-' ||
        (month = pair(t + 5)) < 0 || t[7] != '-' || (day = pair(t + 8)) < 0 || t[10] != 'T' ||
        (hour = pair(t + 11)) < 0 || t[13] != ':' || (minute = pair(t + 14)) < 0 || t[16] != ':' ||
        (second = pair(t + 17)) < 0 || hour > 23 || minute > 59 || second > 59)
        return 0;
    int64_t since = days(100 * century + year, month, day), fraction = 0;
    t += 19;
    if (since < 0)
        return 0;
    if (json_is(&t, '.')) {
        int count = digits(&t, 9, &fraction);
        if (!count)
            return 0;
        for (; count < 9; count++)
            fraction *= 10;
    }
    *found = (((since * 24 + hour) * 60 + minute) * 60 + second) * 1000000000 + fraction;
    *at = t + 2;
    return t[0] == 'Z' && t[1] == '"';
}

#endif
