#include "kept.h"

#include <string.h>

#define SYMBOLS 8192 /* more than are listed in the US; 64 KiB of pointers */
#define TUPLES 256
#define LONGEST 32 /* letters of an array that is kept, brackets and quotes included */
#define MOST 8     /* strings of an array */

static PyObject *symbols[SYMBOLS];

static struct {
    int length;
    char written[LONGEST];
    PyObject *tuple;
} tuples[TUPLES];

static PyObject *str(struct text text)
{
    return PyUnicode_FromStringAndSize(text.length ? text.start : "", text.length);
}

PyObject *kept_str(struct text text)
{
    PyObject **place = &symbols[text_hash(text.start, text.length) % SYMBOLS], *kept = *place;
    if (kept != NULL && PyUnicode_GET_LENGTH(kept) == text.length &&
        !memcmp(PyUnicode_DATA(kept), text.start, (size_t)text.length))
        return kept;
    PyObject *made = str(text);
    if (made != NULL)
        Py_XSETREF(*place, made);
    return made;
}

/* The strings of an array, *at being behind its bracket; how many, or -1 where it is anything else. */
static int strings(const char **at, struct text *found)
{
    int count = 0;
    if (json_is(at, ']'))
        return 0;
    do {
        if (count == MOST || !json_text(at, &found[count++]))
            return -1;
    } while (json_is(at, ','));
    return json_is(at, ']') ? count : -1;
}

static PyObject *tuple_of(const char **at)
{
    struct text found[MOST];
    int count = strings(at, found);
    PyObject *all = count < 0 ? NULL : PyTuple_New(count);
    for (int place = 0; all != NULL && place < count; place++) {
        PyObject *one = str(found[place]);
        if (one == NULL)
            Py_CLEAR(all);
        else
            PyTuple_SET_ITEM(all, place, one);
    }
    return all;
}

PyObject *kept_tuple(const char **at)
{
    const char *start = *at, *end = start;
    if (!json_is(at, '['))
        return NULL;
    /* A bracket within a string ends too early, but nothing is kept under what is no whole array. */
    while (*end && *end != ']' && end - start < LONGEST - 1)
        end++;
    int length = (int)(end + 1 - start);
    uint32_t place = text_hash(start, length) % TUPLES;
    if (tuples[place].length == length && !memcmp(tuples[place].written, start, (size_t)length)) {
        *at = end + 1;
        return tuples[place].tuple;
    }
    PyObject *made = tuple_of(at);
    if (made == NULL)
        return NULL;
    tuples[place].length = *at - start == length ? length : 0;
    memcpy(tuples[place].written, start, (size_t)tuples[place].length);
    Py_XSETREF(tuples[place].tuple, made);
    return made;
}
