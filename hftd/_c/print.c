/* A print as the simulated venue hears it where none of our orders is open in its symbol: the last price, if its
 * conditions let it. Anything else goes the way in Python. */
#include "slots.h"

#include <stddef.h>

enum { SYMBOL, TAPE, CONDITIONS, FIELDS };

static const char *const NAMES[] = {"symbol", "tape", "conditions"};

static PyObject *OPEN, *NOTHING;

/* Objects of the exchange, in the order they are given. */
enum { IN_PYTHON, EXCHANGE, PRINTS, RESTING, IN_HOURS, OUT_OF_HOURS, A_TRADE, PARTS };

struct print {
    PyObject_HEAD
    vectorcallfunc call;
    PyObject *part[PARTS];
    Py_ssize_t slot[FIELDS];
    struct recalled recalled[2];
};

/* 1 where the print was heard, 0 where it is not as usual and nothing has changed, -1 and an exception. */
static int hear(struct print *print, PyObject *trade)
{
    PyObject *symbol = held(trade, print->slot[SYMBOL]), *open = PyDict_GetItemWithError(print->part[EXCHANGE], OPEN);
    if (symbol == NULL || open == NULL)
        return 0;
    int rests = PyDict_GET_SIZE(print->part[RESTING]) ? PyDict_Contains(print->part[RESTING], symbol) : 0;
    if (rests)
        return rests < 0 ? -1 : 0;
    int in_hours = open == Py_True;
    int sets = sets_last(
        &print->recalled[in_hours], print->part[in_hours ? IN_HOURS : OUT_OF_HOURS], held(trade, print->slot[TAPE]),
        held(trade, print->slot[CONDITIONS]));
    if (sets < 0)
        return 0;
    return sets && PyDict_SetItem(print->part[PRINTS], symbol, trade) < 0 ? -1 : 1;
}

static PyObject *take(PyObject *self, PyObject *const *given, size_t count, PyObject *names)
{
    struct print *print = (struct print *)self;
    if (PyVectorcall_NARGS(count) != 1 || names != NULL) {
        PyErr_SetString(PyExc_TypeError, "trade() takes one print");
        return NULL;
    }
    int heard = (PyObject *)Py_TYPE(given[0]) == print->part[A_TRADE] ? hear(print, given[0]) : 0;
    if (heard < 0)
        return NULL;
    return heard ? Py_NewRef(NOTHING) : PyObject_CallOneArg(print->part[IN_PYTHON], given[0]);
}

static PyObject *print_new(PyTypeObject *type, PyObject *given, PyObject *names)
{
    int sound = PyTuple_GET_SIZE(given) == PARTS && names == NULL;
    for (int part = EXCHANGE; sound && part < A_TRADE; part++)
        sound = PyDict_CheckExact(PyTuple_GET_ITEM(given, part));
    if (!sound) {
        PyErr_SetString(PyExc_TypeError, "Print() takes the parts of an exchange, in their order");
        return NULL;
    }
    struct print *print = (struct print *)type->tp_alloc(type, 0);
    if (print == NULL)
        return NULL;
    print->call = take;
    for (int part = 0; part < PARTS; part++)
        print->part[part] = Py_NewRef(PyTuple_GET_ITEM(given, part));
    if (slots_of(print->part[A_TRADE], NAMES, FIELDS, print->slot) < 0)
        Py_CLEAR(print);
    return (PyObject *)print;
}

static int print_traverse(PyObject *self, visitproc visit, void *arg)
{
    for (int part = 0; part < PARTS; part++)
        Py_VISIT(((struct print *)self)->part[part]);
    return 0;
}

static int print_clear(PyObject *self)
{
    for (int part = 0; part < PARTS; part++)
        Py_CLEAR(((struct print *)self)->part[part]);
    return 0;
}

static void print_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    print_clear(self);
    forget(&((struct print *)self)->recalled[0]);
    forget(&((struct print *)self)->recalled[1]);
    Py_TYPE(self)->tp_free(self);
}

static PyTypeObject PRINT = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "hftd._wire.Print",
    .tp_doc = PyDoc_STR("An exchange's ear for prints: those that meet no order here, all else in Python."),
    .tp_basicsize = sizeof(struct print),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_vectorcall_offset = offsetof(struct print, call),
    .tp_call = PyVectorcall_Call,
    .tp_new = print_new,
    .tp_traverse = print_traverse,
    .tp_clear = print_clear,
    .tp_dealloc = print_dealloc,
};

int wire_add_print(PyObject *module)
{
    OPEN = PyUnicode_InternFromString("open");
    NOTHING = PyTuple_New(0);
    return OPEN == NULL || NOTHING == NULL ? -1 : PyModule_AddType(module, &PRINT);
}
