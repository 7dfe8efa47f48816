/* The request that places an order at Alpaca: hftd.venues.alpaca.broker.AlpacaBroker.submit_in_python, which does all
 * that has a letter JSON would write another way, or a figure that is not digits alone. */
#include "slots.h"

#include <stddef.h>
#include <string.h>

enum { SYMBOL, SIDE, SHARES, LIMIT, TIF, ID, EXTENDED, FIELDS };

static const char *const ORDER[] = {"symbol", "side", "shares", "limit", "tif", "id", "extended"};

#define LONGEST 1024 /* bytes of a body; one of Alpaca's has about 150 */

struct placing {
    PyObject_HEAD
    vectorcallfunc call;
    PyObject *in_python, *order_class, *request_class, *decimal_class, *head;
    Py_ssize_t field[FIELDS];
};

struct body {
    char bytes[LONGEST];
    size_t length;
};

static PyObject *SUBMIT;

static int add_bytes(struct body *body, const char *bytes, size_t count)
{
    if (count > LONGEST - body->length)
        return 0;
    memcpy(body->bytes + body->length, bytes, count);
    body->length += count;
    return 1;
}

#define ADD(body, words) add_bytes(body, words, sizeof words - 1)

/* Letters that are the same in JSON: 1, or 0. */
static int add_text(struct body *body, PyObject *text)
{
    if (text == NULL || !PyUnicode_CheckExact(text) || !PyUnicode_IS_COMPACT_ASCII(text))
        return 0;
    const char *letters = (const char *)PyUnicode_1BYTE_DATA(text);
    Py_ssize_t count = PyUnicode_GET_LENGTH(text);
    for (Py_ssize_t place = 0; place < count; place++)
        if (letters[place] < ' ' || letters[place] == '"' || letters[place] == '\\' || letters[place] == 0x7F)
            return 0;
    return add_bytes(body, letters, (size_t)count);
}

/* A figure in digits alone: 1, or 0. */
static int add_figure(struct body *body, PyObject *figure, PyObject *decimal_class)
{
    if ((PyObject *)Py_TYPE(figure) != decimal_class)
        return 0;
    size_t begin = body->length;
    PyObject *text = PyObject_Str(figure);
    int added = text != NULL && add_text(body, text) && memchr(body->bytes + begin, 'E', body->length - begin) == NULL;
    Py_XDECREF(text);
    return added;
}

/* The body: 1, or 0 where the twin has to make it. */
static int write_body(struct placing *placing, PyObject *order, struct body *body)
{
    const Py_ssize_t *field = placing->field;
    PyObject *limit = held(order, field[LIMIT]), *extended = held(order, field[EXTENDED]);
    PyObject *decimal = placing->decimal_class;
    if (!ADD(body, "{\"symbol\":\"") || !add_text(body, held(order, field[SYMBOL])) || !ADD(body, "\",\"qty\":\"") ||
        !add_figure(body, held(order, field[SHARES]), decimal) || !ADD(body, "\",\"side\":\"") ||
        !add_text(body, held(order, field[SIDE])) || !ADD(body, "\",\"type\":\"") ||
        !(limit == Py_None ? ADD(body, "market") : ADD(body, "limit")) || !ADD(body, "\",\"time_in_force\":\"") ||
        !add_text(body, held(order, field[TIF])) || !ADD(body, "\",\"client_order_id\":\"") ||
        !add_text(body, held(order, field[ID])) || !ADD(body, "\""))
        return 0;
    if (limit != Py_None &&
        (!ADD(body, ",\"limit_price\":\"") || !add_figure(body, limit, decimal) || !ADD(body, "\"")))
        return 0;
    if (limit != Py_None && extended != Py_False && (extended != Py_True || !ADD(body, ",\"extended_hours\":true")))
        return 0;
    return ADD(body, "}");
}

/* The whole request; NULL where there is no memory. */
static PyObject *whole_request(PyObject *head, const struct body *body)
{
    char length[32];
    int digits = snprintf(length, sizeof length, "%zu\r\n\r\n", body->length);
    Py_ssize_t before = PyBytes_GET_SIZE(head);
    PyObject *made = PyBytes_FromStringAndSize(NULL, before + digits + (Py_ssize_t)body->length);
    if (made == NULL)
        return NULL;
    char *at = PyBytes_AS_STRING(made);
    memcpy(at, PyBytes_AS_STRING(head), (size_t)before);
    memcpy(at + before, length, (size_t)digits);
    memcpy(at + before + digits, body->bytes, body->length);
    return made;
}

static PyObject *placing_call(PyObject *self, PyObject *const *given, size_t count, PyObject *names)
{
    struct placing *placing = (struct placing *)self;
    struct body body;
    body.length = 0;
    if (PyVectorcall_NARGS(count) != 1 || names != NULL || (PyObject *)Py_TYPE(given[0]) != placing->order_class ||
        !write_body(placing, given[0], &body)) {
        PyErr_Clear();
        return PyObject_Vectorcall(placing->in_python, given, count, names);
    }
    PyObject *bytes = whole_request(placing->head, &body);
    PyObject *parts[] = {bytes, held(given[0], placing->field[ID]), SUBMIT};
    PyObject *request = bytes == NULL ? NULL : PyObject_Vectorcall(placing->request_class, parts, 3, NULL);
    Py_XDECREF(bytes);
    return request;
}

static PyObject *placing_new(PyTypeObject *type, PyObject *given, PyObject *names)
{
    struct placing *placing = (struct placing *)type->tp_alloc(type, 0);
    if (placing == NULL)
        return NULL;
    placing->call = placing_call;
    PyObject *in_python, *order, *request, *decimal, *head;
    if (names != NULL || !PyArg_ParseTuple(given, "OOOOO!:Placing", &in_python, &order, &request, &decimal,
                                           &PyBytes_Type, &head) ||
        slots_of(order, ORDER, FIELDS, placing->field) < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "Placing() takes its twin, three classes and the head of a request");
        Py_DECREF(placing);
        return NULL;
    }
    placing->in_python = Py_NewRef(in_python);
    placing->order_class = Py_NewRef(order);
    placing->request_class = Py_NewRef(request);
    placing->decimal_class = Py_NewRef(decimal);
    placing->head = Py_NewRef(head);
    return (PyObject *)placing;
}

static int placing_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((struct placing *)self)->in_python);
    return 0;
}

static int placing_clear(PyObject *self)
{
    Py_CLEAR(((struct placing *)self)->in_python);
    return 0;
}

static void placing_dealloc(PyObject *self)
{
    struct placing *placing = (struct placing *)self;
    PyObject_GC_UnTrack(self);
    placing_clear(self);
    Py_XDECREF(placing->order_class);
    Py_XDECREF(placing->request_class);
    Py_XDECREF(placing->decimal_class);
    Py_XDECREF(placing->head);
    Py_TYPE(self)->tp_free(self);
}

static PyTypeObject PLACING = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "hftd._wire.Placing",
    .tp_doc = PyDoc_STR("The request that places an order at Alpaca."),
    .tp_basicsize = sizeof(struct placing),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_vectorcall_offset = offsetof(struct placing, call),
    .tp_call = PyVectorcall_Call,
    .tp_new = placing_new,
    .tp_traverse = placing_traverse,
    .tp_clear = placing_clear,
    .tp_dealloc = placing_dealloc,
};

int wire_add_placing(PyObject *module)
{
    SUBMIT = PyUnicode_InternFromString("submit");
    return SUBMIT == NULL ? -1 : PyModule_AddType(module, &PLACING);
}
