/* Columns of a file as they lie in memory, of which a number becomes an object only when somebody looks at it; and the
 * events their rows make. In Python a column is a list, and rows are made by map(). */
#include "wire.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

struct column {
    PyObject_HEAD
    Py_buffer buffer;
    const int64_t *row; /* or doubles, of the same 8 bytes */
    Py_ssize_t count;
    int is_float;
    PyObject *words; /* what the numbers are places in, counted from the end where below 0; or NULL */
};

static PyTypeObject COLUMN, ROWS;

static double as_double(int64_t bits)
{
    double found;
    memcpy(&found, &bits, sizeof found);
    return found;
}

static PyObject *item(PyObject *self, Py_ssize_t place)
{
    struct column *column = (struct column *)self;
    if (place < 0 || place >= column->count) {
        PyErr_SetString(PyExc_IndexError, "no such row");
        return NULL;
    }
    int64_t found = column->row[place];
    if (column->words != NULL) {
        Py_ssize_t words = PyTuple_GET_SIZE(column->words);
        return Py_NewRef(PyTuple_GET_ITEM(column->words, found < 0 ? found + words : found));
    }
    return column->is_float ? PyFloat_FromDouble(as_double(found)) : PyLong_FromLongLong(found);
}

static Py_ssize_t length(PyObject *self)
{
    return ((struct column *)self)->count;
}

/* The lowest and the highest number; NaN for both where one is among them, or where there is none at all. */
static PyObject *bounds(PyObject *self, PyObject *nothing)
{
    (void)nothing;
    struct column *column = (struct column *)self;
    const int64_t *row = column->row, *end = row + column->count;
    if (column->words != NULL) {
        PyErr_SetString(PyExc_TypeError, "words have no bounds");
        return NULL;
    }
    if (row == end)
        return Py_BuildValue("dd", NAN, NAN);
    if (!column->is_float) {
        int64_t low = *row, high = *row;
        for (; row < end; row++) {
            low = *row < low ? *row : low;
            high = *row > high ? *row : high;
        }
        return Py_BuildValue("LL", (long long)low, (long long)high);
    }
    double low = INFINITY, high = -INFINITY;
    for (; row < end; row++) {
        double each = as_double(*row);
        if (isnan(each))
            return Py_BuildValue("dd", NAN, NAN);
        low = each < low ? each : low;
        high = each > high ? each : high;
    }
    return Py_BuildValue("dd", low, high);
}

static PyObject *ascends(PyObject *self, PyObject *nothing)
{
    (void)nothing;
    struct column *column = (struct column *)self;
    if (column->words != NULL || column->is_float) {
        PyErr_SetString(PyExc_TypeError, "only whole numbers ascend");
        return NULL;
    }
    for (Py_ssize_t place = 1; place < column->count; place++)
        if (column->row[place] < column->row[place - 1])
            Py_RETURN_FALSE;
    Py_RETURN_TRUE;
}

static PyObject *distinct(PyObject *self, PyObject *nothing)
{
    (void)nothing;
    struct column *column = (struct column *)self;
    Py_ssize_t words = column->words == NULL ? 0 : PyTuple_GET_SIZE(column->words);
    char *used = words ? PyMem_Calloc((size_t)words, 1) : NULL;
    if (used == NULL)
        return words ? PyErr_NoMemory() : PySet_New(self);
    for (Py_ssize_t place = 0; place < column->count; place++)
        used[column->row[place] < 0 ? column->row[place] + words : column->row[place]] = 1;
    PyObject *found = PySet_New(NULL);
    for (Py_ssize_t word = 0; found != NULL && word < words; word++)
        if (used[word] && PySet_Add(found, PyTuple_GET_ITEM(column->words, word)) < 0)
            Py_CLEAR(found);
    PyMem_Free(used);
    return found;
}

/* Every place must be one of a word, since nobody looks again. */
static int places_are_words(const struct column *column)
{
    Py_ssize_t words = PyTuple_GET_SIZE(column->words);
    for (Py_ssize_t place = 0; place < column->count; place++)
        if (column->row[place] < -words || column->row[place] >= words)
            return 0;
    return 1;
}

static PyObject *column_new(PyTypeObject *type, PyObject *given, PyObject *names)
{
    PyObject *source, *words = NULL;
    Py_ssize_t first, count;
    int code;
    if (names != NULL || !PyArg_ParseTuple(given, "OnnC|O!", &source, &first, &count, &code, &PyTuple_Type, &words))
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_TypeError, "Column() takes no keywords");
    struct column *column = (struct column *)type->tp_alloc(type, 0);
    if (column == NULL || PyObject_GetBuffer(source, &column->buffer, PyBUF_SIMPLE) < 0) {
        Py_XDECREF(column);
        return NULL;
    }
    Py_ssize_t held = column->buffer.len / 8;
    int sound = first >= 0 && count >= 0 && first <= held && count <= held - first;
    if (!sound || (code != 'q' && (code != 'd' || words != NULL)))
        PyErr_SetString(PyExc_ValueError, "a column is so many numbers of 8 bytes, whole (q) or not (d), of a buffer");
    column->row = (const int64_t *)column->buffer.buf + (first > 0 ? first : 0);
    column->count = count;
    column->is_float = code == 'd';
    column->words = Py_XNewRef(words);
    if (!PyErr_Occurred() && words != NULL && !places_are_words(column))
        PyErr_SetString(PyExc_ValueError, "a place of no word");
    if (PyErr_Occurred())
        Py_CLEAR(column);
    return (PyObject *)column;
}

static void column_dealloc(PyObject *self)
{
    PyBuffer_Release(&((struct column *)self)->buffer);
    Py_XDECREF(((struct column *)self)->words);
    Py_TYPE(self)->tp_free(self);
}

static PySequenceMethods AS_SEQUENCE = {.sq_length = length, .sq_item = item};

static PyMethodDef METHODS[] = {
    {"bounds", bounds, METH_NOARGS, PyDoc_STR("The lowest and the highest number; NaN where one is none.")},
    {"ascends", ascends, METH_NOARGS, PyDoc_STR("Whether no number is lower than the one before it.")},
    {"distinct", distinct, METH_NOARGS, PyDoc_STR("The words that are there, as a set.")},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject COLUMN = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "hftd._wire.Column",
    .tp_doc = PyDoc_STR("Column(buffer, first, count, code, words): numbers as they lie in memory, or words."),
    .tp_basicsize = sizeof(struct column),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_as_sequence = &AS_SEQUENCE,
    .tp_methods = METHODS,
    .tp_new = column_new,
    .tp_dealloc = column_dealloc,
};

/* ---- rows ------------------------------------------------------------------------------------------------------- */

#define MOST 16

struct field {
    PyObject *source; /* a column, or an iterator */
    int same;         /* the earlier field that has the same column; -1 where none has */
    int64_t number;   /* what was looked at last, */
    PyObject *object; /* and what it was made: neighbours are often alike */
};

struct rows {
    PyObject_HEAD
    PyObject *type;
    Py_ssize_t next;
    int count;
    struct field field[MOST];
};

/* A new reference; NULL at the end of an iterator, or with an exception. */
static PyObject *value(struct rows *rows, struct field *field, PyObject **before)
{
    if (field->same >= 0)
        return Py_NewRef(before[field->same]);
    if (!Py_IS_TYPE(field->source, &COLUMN))
        return PyIter_Next(field->source);
    struct column *column = (struct column *)field->source;
    if (rows->next >= column->count)
        return NULL;
    int64_t number = column->row[rows->next];
    if (field->object == NULL || field->number != number) {
        PyObject *made = item(field->source, rows->next);
        if (made == NULL)
            return NULL;
        Py_XSETREF(field->object, made);
        field->number = number;
    }
    return Py_NewRef(field->object);
}

static PyObject *rows_next(PyObject *self)
{
    struct rows *rows = (struct rows *)self;
    PyObject *values[MOST], *made = NULL;
    int have = 0;
    while (have < rows->count && (values[have] = value(rows, &rows->field[have], values)) != NULL)
        have++;
    if (have == rows->count) {
        made = PyObject_Vectorcall(rows->type, values, (size_t)have, NULL);
        rows->next++;
    }
    while (have)
        Py_DECREF(values[--have]);
    return made;
}

static PyObject *rows_new(PyTypeObject *type, PyObject *given, PyObject *names)
{
    Py_ssize_t count = PyTuple_GET_SIZE(given) - 1;
    if (count < 1 || count > MOST || names != NULL) {
        PyErr_SetString(PyExc_TypeError, "Rows() takes a class and its columns, of which there may be 16");
        return NULL;
    }
    struct rows *rows = (struct rows *)type->tp_alloc(type, 0);
    if (rows == NULL)
        return NULL;
    rows->type = Py_NewRef(PyTuple_GET_ITEM(given, 0));
    for (; rows->count < count; rows->count++) {
        struct field *field = &rows->field[rows->count];
        PyObject *source = PyTuple_GET_ITEM(given, rows->count + 1);
        int is_column = Py_IS_TYPE(source, &COLUMN);
        field->source = is_column ? Py_NewRef(source) : PyObject_GetIter(source);
        if (field->source == NULL) {
            Py_DECREF(rows);
            return NULL;
        }
        field->same = -1;
        for (int before = 0; is_column && field->same < 0 && before < rows->count; before++)
            field->same = rows->field[before].source == source ? before : -1;
    }
    return (PyObject *)rows;
}

static void rows_dealloc(PyObject *self)
{
    struct rows *rows = (struct rows *)self;
    for (int place = 0; place < rows->count; place++) {
        Py_XDECREF(rows->field[place].source);
        Py_XDECREF(rows->field[place].object);
    }
    Py_XDECREF(rows->type);
    Py_TYPE(self)->tp_free(self);
}

static PyTypeObject ROWS = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "hftd._wire.Rows",
    .tp_doc = PyDoc_STR("Rows(class, *columns): map(class, *columns)."),
    .tp_basicsize = sizeof(struct rows),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = rows_next,
    .tp_new = rows_new,
    .tp_dealloc = rows_dealloc,
};

int wire_add_columns(PyObject *module)
{
    return PyModule_AddType(module, &COLUMN) < 0 ? -1 : PyModule_AddType(module, &ROWS);
}
