/* The look at an intent, in two parts: the moment and the order itself, then the account. */
#ifndef HFTD_GLANCE_H
#define HFTD_GLANCE_H

#include "account.h"

/* Figures that never change, in the order they are given; then the limits that are Decimals. */
enum { ZERO, CENT, DOLLAR, QUANTILE, FIGURES };
enum { COLLAR, LOT, LEAST, MOST, NOTIONAL, POSITION, EXPOSURE, AT_RISK, FALLBACK, LOWEST, DRAWDOWN, LIMITS };

#define KNOWN 64

struct glance {
    PyObject_HEAD
    vectorcallfunc call;
    struct account account;
    PyObject *in_python, *dollars, *allowed, *figure[FIGURES], *limit[LIMITS];
    struct { double price; PyObject *dollars; } known[KNOWN]; /* prices that came before: the same come often */
    long long skew, oldest, same, a_second, a_minute, a_day, open, positions;
};

/* a = a (operation) b, of Decimals; once anything has failed, a is NULL and stays so. */
static inline void into(PyObject **a, binaryfunc operation, PyObject *b)
{
    PyObject *made = *a == NULL || b == NULL ? NULL : operation(*a, b);
    Py_XDECREF(*a);
    *a = made;
}

/* 1, 0, or -1 and an exception; what could not be worked out is NULL. */
static inline int is(PyObject *a, int how, PyObject *b)
{
    return a == NULL || b == NULL ? -1 : PyObject_RichCompareBool(a, b, how);
}

/* A market price as the Decimal it prints as, hftd.core.book.dollars; NULL where there is none. */
PyObject *dollars(struct glance *glance, PyObject *price);

/* Whether b divides a: 1, 0, -1. */
static inline int divides(PyObject *a, PyObject *b)
{
    PyObject *rest = PyNumber_Remainder(a, b);
    int any = rest == NULL ? -1 : PyObject_IsTrue(rest);
    Py_XDECREF(rest);
    return any < 0 ? -1 : !any;
}

/* Whether the account bears the worth of an intent, all of it taken as new exposure: 1, 0, -1. */
int bears(struct glance *glance, PyObject *state, PyObject *symbol, PyObject *line, PyObject *shares, PyObject *worth);

#endif
