/* Objects of hftd's classes, read where they keep their fields: a look-up by name costs ten times as much. */
#ifndef HFTD_SLOTS_H
#define HFTD_SLOTS_H

#include "wire.h"

/* Where the objects of a class with slots keep these fields; -1 and an exception where it has no such slots. */
int slots_of(PyObject *class, const char *const *names, int count, Py_ssize_t *found);

/* A whole number of at most 64 bits: 1, or 0 where it is none. `any_whole` takes all of them. */
int any_whole(PyObject *object, long long *found);

static inline int whole(PyObject *object, long long *found)
{
#if PY_VERSION_HEX < 0x030C0000 && PYLONG_BITS_IN_DIGIT == 30 /* later ones keep the sign elsewhere */
    if (object != NULL && PyLong_CheckExact(object)) {
        const digit *part = ((PyLongObject *)object)->ob_digit;
        switch (Py_SIZE(object)) {
        case 0: *found = 0; return 1;
        case 1: *found = part[0]; return 1;
        case 2: *found = (long long)part[1] << 30 | part[0]; return 1;
        case 3: /* such are times */
            if (part[2] < 8) {
                *found = (long long)part[2] << 60 | (long long)part[1] << 30 | part[0];
                return 1;
            }
        }
    }
#endif
    return any_whole(object, found);
}

/* One more of what a dictionary counts: 0, or -1 and an exception. */
int count_up(PyObject *counts, PyObject *what);

/* Which prints may move the last price, of those looked up last: most of a tape are of two or three kinds, and the same
 * conditions are the same object. */
#define RECALLED 4

struct recalled {
    PyObject *tape[RECALLED], *conditions[RECALLED];
    int sets[RECALLED];
    unsigned next;
};

/* hftd.core.conditions.LastPrices: whether such a print may move the last price, by what is `known`: 1 or 0, and -1
 * where it must be learnt. */
int sets_last(struct recalled *recalled, PyObject *known, PyObject *tape, PyObject *conditions);
void forget(struct recalled *recalled);

static inline PyObject *held(PyObject *object, Py_ssize_t slot)
{
    return *(PyObject **)((char *)object + slot);
}

static inline void put(PyObject *object, Py_ssize_t slot, PyObject *value)
{
    PyObject **place = (PyObject **)((char *)object + slot), *before = *place;
    *place = Py_NewRef(value);
    Py_XDECREF(before);
}

#endif
