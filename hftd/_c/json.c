/* Plain JSON values, digit by digit. */
#include "json.h"

#define MOST_DIGITS 18
#define EXACT_DIGITS 15

/* Both a whole number of fifteen digits and each of these is exact in a double, so their quotient is rounded once. */
static const double POWERS[EXACT_DIGITS + 1] = {
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
};

static int is_digit(char one)
{
    return one >= '0' && one <= '9';
}

/* Add digits to *number; how many there were. It stops before there are more than `most`. */
static int digits(const char **at, int most, int64_t *number)
{
    int count = 0;
    for (; count < most && is_digit(**at); count++)
        *number = 10 * *number + (*(*at)++ - '0');
    return count;
}

int json_is(const char **at, char wanted)
{
    if (**at != wanted)
        return 0;
    ++*at;
    return 1;
}

int json_text(const char **at, struct text *found)
{
    if (!json_is(at, '"'))
        return 0;
    const char *start = *at, *end = start;
    while (*end != '"') {
        if ((unsigned char)*end < 0x20 || (unsigned char)*end > 0x7E || *end == '\\' || end - start >= 64)
            return 0;
        end++;
    }
    *found = (struct text){start, (int)(end - start)};
    *at = end + 1;
    return 1;
}

int json_whole(const char **at, int64_t *found)
{
    const char *start = *at;
    *found = 0;
    int count = digits(at, MOST_DIGITS, found);
    return count && !is_digit(**at) && (*start != '0' || count == 1); /* JSON has no 007 */
}

int json_decimal(const char **at, double *found)
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

static int pair(const char *at)
{
    return is_digit(at[0]) && is_digit(at[1]) ? 10 * (at[0] - '0') + (at[1] - '0') : -1;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar; -1 where there is no such date. */
static int64_t days(int year, int month, int day)
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

int rfc3339_ns(struct text text, int64_t *found)
{
    const char *t = text.start;
    if (text.length < 20 || t[text.length - 1] != 'Z' || t[4] != '-' || t[7] != '-' || t[10] != 'T' || t[13] != ':' ||
        t[16] != ':')
        return 0;
    int century = pair(t), year = pair(t + 2), hour = pair(t + 11), minute = pair(t + 14), second = pair(t + 17);
    if (century < 0 || year < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return 0;
    int64_t day = days(100 * century + year, pair(t + 5), pair(t + 8)), fraction = 0;
    if (day < 0)
        return 0;
    if (text.length > 20) {
        const char *at = t + 20;
        int count = t[19] == '.' ? digits(&at, 9, &fraction) : 0;
        if (!count || at != t + text.length - 1)
            return 0;
        for (; count < 9; count++)
            fraction *= 10;
    }
    *found = (((day * 24 + hour) * 60 + minute) * 60 + second) * 1000000000 + fraction;
    return 1;
}
